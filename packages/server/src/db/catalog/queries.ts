/**
 * What is asked of the system catalogs. Each statement answers with one JSON text per row, in the shape that `decode.ts`
 * reads. They run with an empty search_path, so that every name outside pg_catalog comes with its schema.
 */
import { sql, type Sql } from '../sql.ts'

/** A PostgreSQL array as text: `{"a","b"}`. */
export function arrayText(items: readonly string[]): string {
  return `{${items.map((item) => `"${item.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`).join(',')}}`
}

/** What must be known of types: the end of each chain of domains, casts of domains, labels of enumerated types. */
const typesPart = sql`
with recursive base(id, base_id) as (
  select t.oid, t.typbasetype from pg_type t where t.typtype = 'd'
  union all
  select base.id, t.typbasetype from base join pg_type t on t.oid = base.base_id where t.typtype = 'd'
), domains as (
  select base.id, base.base_id from base join pg_type t on t.oid = base.base_id where t.typtype <> 'd'
), casts as (
  select domain_id, json_object_agg(direction, json_build_array(n.nspname, p.proname)) as functions
  from (
    select castfunc, castsource as domain_id,
      case casttarget when 'json'::regtype then 'toJson' when 'text'::regtype then 'toText' end as direction
    from pg_cast where castcontext = 'i' and castmethod = 'f'
    union all
    select castfunc, casttarget,
      case castsource when 'json'::regtype then 'fromJson' when 'text'::regtype then 'fromText' end
    from pg_cast where castcontext = 'i' and castmethod = 'f') directed
    join pg_type t on t.oid = domain_id and t.typtype = 'd'
    join pg_proc p on p.oid = castfunc join pg_namespace n on n.oid = p.pronamespace
  where direction is not null and has_function_privilege(castfunc, 'execute')
  group by domain_id
), enums as (
  select enumtypid as id, json_agg(enumlabel order by enumsortorder) as list from pg_enum group by enumtypid
)`

/** One row per table. */
export function tablesQuery(schemas: readonly string[]): Sql {
  return sql`${typesPart}, tables as (
  select c.oid, c.relname, c.relkind, n.nspname,
    case when c.relkind in ('r', 'p') then 28
      when c.relkind in ('v', 'f') then pg_relation_is_updatable(c.oid, true) else 0 end as can
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition and n.nspname = any(${arrayText(schemas)})
), columns as (
  select a.attrelid, json_agg(json_build_object(
    'name', a.attname,
    'type', format_type(a.atttypid, a.atttypmod),
    'base', format_type(coalesce(domains.base_id, a.atttypid), null),
    'nullable', not (a.attnotnull or (t.typtype = 'd' and t.typnotnull)),
    'default', case when s.oid is not null then format('nextval(%L)', format('%I.%I', sn.nspname, s.relname))
      when a.attidentity <> '' or a.attgenerated <> '' then null
      when d.adbin is not null then pg_get_expr(d.adbin, d.adrelid)
      when t.typtype = 'd' then pg_get_expr(t.typdefaultbin, 0) end,
    'identity', a.attidentity,
    'generated', a.attgenerated <> '',
    'comment', col_description(a.attrelid, a.attnum),
    'enum', enums.list,
    'casts', casts.functions
  ) order by a.attnum) as list
  from pg_attribute a
    join tables on tables.oid = a.attrelid
    join pg_type t on t.oid = a.atttypid
    left join domains on domains.id = a.atttypid
    left join casts on casts.domain_id = a.atttypid
    left join enums on enums.id = coalesce(domains.base_id, a.atttypid)
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    left join pg_depend owned on a.attidentity = 'd' and owned.refobjid = a.attrelid and owned.refobjsubid = a.attnum
      and owned.refclassid = 'pg_class'::regclass and owned.classid = 'pg_class'::regclass and owned.deptype = 'i'
    left join pg_class s on s.oid = owned.objid
    left join pg_namespace sn on sn.oid = s.relnamespace
  where a.attnum > 0 and not a.attisdropped
  group by a.attrelid
), keys as (
  select c.conrelid, json_agg(a.attname order by a.attname) as list
  from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any(c.conkey)
  where c.contype = 'p' group by c.conrelid
)
select json_build_object(
  'schema', tables.nspname, 'name', tables.relname, 'view', tables.relkind in ('v', 'm'),
  'comment', obj_description(tables.oid, 'pg_class'),
  'insert', (can & 8) = 8, 'update', (can & 4) = 4, 'delete', (can & 16) = 16,
  'key', coalesce(keys.list, '[]'), 'columns', coalesce(columns.list, '[]'))
from tables
  left join columns on columns.attrelid = tables.oid
  left join keys on keys.conrelid = tables.oid
order by tables.nspname, tables.relname`
}

/** One row per function that a caller could name: no triggers, no aggregates, at most one parameter without a name. */
export function functionsQuery(schemas: readonly string[]): Sql {
  return sql`
with recursive base(id, base_id) as (
  select t.oid, t.oid from pg_type t where t.typtype <> 'd'
  union all
  select t.oid, base.base_id from base join pg_type t on t.typbasetype = base.id and t.typtype = 'd'
), functions as (
  select p.*, n.nspname, coalesce(p.proallargtypes, p.proargtypes::oid[]) as types
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where n.nspname = any(${arrayText(schemas)}) and p.prokind = 'f'
    and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
), inputs as (
  select f.oid, json_agg(json_build_object(
    'name', coalesce(f.proargnames[place], ''),
    'type', case replace(format_type(type, null), '[]', '')
      when 'bit' then replace(format_type(type, null), 'bit', 'bit varying')
      when 'character' then replace(format_type(type, null), 'character', 'character varying')
      else format_type(type, null) end,
    'declared', format_type(type, null),
    'required', rank <= f.pronargs - f.pronargdefaults,
    'variadic', mode = 'v') order by place) as list,
    count(*) filter (where coalesce(f.proargnames[place], '') = '') as unnamed, count(*) as inputs,
    bool_and(type in ('json'::regtype, 'jsonb'::regtype, 'text'::regtype, 'xml'::regtype, 'bytea'::regtype)) as is_raw
  from functions f cross join lateral (
    select type, place, mode, row_number() over (order by place) as rank
    from (select type, place, coalesce(f.proargmodes[place], 'i') as mode from unnest(f.types) with ordinality u(type, place)) all_parameters
    where mode in ('i', 'b', 'v')) parameter
  group by f.oid
)
select json_build_object(
  'oid', f.oid::bigint, 'settings', coalesce((select json_agg(json_build_array(split_part(item, '=', 1),
    substr(item, strpos(item, '=') + 1))) from unnest(f.proconfig) item), '[]'),
  'schema', f.nspname, 'name', f.proname, 'comment', obj_description(f.oid, 'pg_proc'),
  'parameters', coalesce(inputs.list, '[]'), 'volatility', f.provolatile, 'variadic', f.provariadic <> 0,
  'returns', json_build_object('schema', rn.nspname, 'name', coalesce(rc.relname, rt.typname), 'set', f.proretset,
    'composite', rt.typtype = 'c' or coalesce(f.proargmodes::text[] && '{t,b,o}', false)))
from functions f
  left join inputs on inputs.oid = f.oid
  join base on base.id = f.prorettype
  join pg_type rt on rt.oid = base.base_id
  join pg_namespace rn on rn.oid = rt.typnamespace
  left join pg_class rc on rc.oid = rt.typrelid
where coalesce(unnamed, 0) = 0 or (unnamed = 1 and inputs.inputs = 1 and is_raw)
order by f.nspname, f.proname, f.pronargs, f.oid`
}

/** One row per role with settings that whoever asks may set for it. */
export function roleSettingsQuery(): Sql {
  return sql`
select json_build_object('role', r.rolname, 'settings', json_agg(json_build_array(s.name, s.value) order by s.place))
from pg_roles r
  cross join lateral (
    select split_part(item, '=', 1) as name, substr(item, strpos(item, '=') + 1) as value, place
    from unnest(r.rolconfig) with ordinality u(item, place)) s
  join pg_settings p on p.name = s.name
where pg_has_role(r.oid, 'member') and r.rolname <> current_user
  and (p.context = 'user' or has_parameter_privilege(p.name, 'set'))
  and p.name <> 'transaction_isolation'
group by r.rolname`
}

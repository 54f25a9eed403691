/**
 * Media types that a database can write by itself: domains named like one (`"text/html"`), functions that return such a
 * domain, and aggregates that make one of rows.
 */
import { sql, type Sql } from '../sql.ts'
import type { Qualified } from './catalog.ts'

export interface MediaHandler {
  /** An aggregate over the rows, or the domain that a function's result is of. */
  readonly call: Qualified
  readonly isAggregate: boolean
  /** Where `call` is an aggregate for rows of one table, that table. */
  readonly rowType: Qualified | undefined
  /** Stands in the answer unless the function says otherwise. */
  readonly contentType: string
  /** The result is bytes. */
  readonly isBinary: boolean
}

/** By what they are for (see `handlerKey`). */
export type MediaHandlers = ReadonlyMap<string, MediaHandler>

/** `target` is the table or the function; undefined for aggregates over any rows. `mediaType` is in lower case. */
export function handlerKey(target: Qualified | undefined, mediaType: string): string {
  return target === undefined ? mediaType : `${target.schema}\0${target.name}\0${mediaType}`
}

/** One row per handler in the schemas; names of schemas come as an array literal. */
export function mediaHandlersQuery(schemas: string): Sql {
  return sql`
with media as (
  select t.oid, t.typname, n.nspname, b.oid = 'bytea'::regtype as bytes
  from pg_type t join pg_namespace n on n.oid = t.typnamespace join pg_type b on b.oid = t.typbasetype
  where t.typtype = 'd' and (t.typname ~ '^[A-Za-z0-9.-]+/[A-Za-z0-9.+-]+$' or t.typname = '*/*')
)
select json_build_object('type', media.typname, 'bytes', media.bytes, 'kind', p.prokind,
  'function', json_build_array(pn.nspname, p.proname), 'domain', json_build_array(media.nspname, media.typname),
  'row', case when p.prokind = 'a' and a.oid <> 'anyelement'::regtype then json_build_array(an.nspname, a.typname) end)
from media
  join pg_proc p on p.prorettype = media.oid join pg_namespace pn on pn.oid = p.pronamespace
  left join pg_type a on a.oid = p.proargtypes[0] and p.prokind = 'a'
  left join pg_namespace an on an.oid = a.typnamespace
  left join pg_class c on c.reltype = a.oid and c.relkind in ('v', 'r', 'm', 'f', 'p')
where pn.nspname = any(${schemas}) and (
  (p.prokind = 'f' and not p.proretset)
  or (p.prokind = 'a' and p.pronargs = 1 and (c.oid is not null or a.oid = 'anyelement'::regtype)))
order by p.oid`
}

interface HandlerRow {
  readonly type: string
  readonly bytes: boolean
  readonly kind: 'f' | 'a'
  readonly function: readonly [string, string]
  readonly domain: readonly [string, string]
  readonly row: readonly [string, string] | null
}

/** The key that it is found by, and the handler. */
export function decodeMediaHandler(text: string): readonly [string, MediaHandler] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the shape is a matter of the query above
  const row = JSON.parse(text) as HandlerRow
  const isFunction = row.kind === 'f'
  const rowType = row.row === null ? undefined : qualified(row.row)
  const target = isFunction ? qualified(row.function) : rowType
  const mediaType = row.type.toLowerCase()
  return [
    handlerKey(target, mediaType),
    {
      isAggregate: !isFunction,
      call: qualified(isFunction ? row.domain : row.function),
      rowType,
      contentType: mediaType === '*/*' ? 'application/octet-stream' : mediaType,
      isBinary: row.bytes,
    },
  ]
}

function qualified([schema, name]: readonly [string, string]): Qualified {
  return { schema, name }
}

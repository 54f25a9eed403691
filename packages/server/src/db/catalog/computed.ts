/** Functions that lead from a row of one table to rows of another: relationships that the schema's author wrote. */
import { sql, type Sql } from '../sql.ts'
import type { ComputedRelationship, Qualified } from './catalog.ts'

/** One row per function of one row of a table, or of a view, that gives rows of another. */
export function computedRelationshipsQuery(schemas: string): Sql {
  return sql`
select json_build_object('function', json_build_array(n.nspname, p.proname),
  'near', json_build_array(nn.nspname, nc.relname), 'far', json_build_array(fn.nspname, fc.relname),
  'one', not p.proretset or p.prorows = 1)
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  join pg_class nc on nc.reltype = p.proargtypes[0] and nc.relkind in ('r', 'p', 'v', 'm', 'f')
  join pg_namespace nn on nn.oid = nc.relnamespace
  join pg_class fc on fc.reltype = p.prorettype and fc.relkind in ('r', 'p', 'v', 'm', 'f')
  join pg_namespace fn on fn.oid = fc.relnamespace
where p.pronargs = 1 and p.prokind = 'f'
  and n.nspname = any(${schemas}) and nn.nspname = any(${schemas}) and fn.nspname = any(${schemas})
order by n.nspname, p.proname, p.oid`
}

type Name = readonly [schema: string, name: string]

interface ComputedRow {
  readonly function: Name
  readonly near: Name
  readonly far: Name
  readonly one: boolean
}

export function decodeComputed(text: string): ComputedRelationship {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the shape is a matter of the query above
  const row = JSON.parse(text) as ComputedRow
  return {
    kind: 'computed',
    function: qualified(row.function),
    near: qualified(row.near),
    far: qualified(row.far),
    isToOne: row.one,
  }
}

function qualified([schema, name]: Name): Qualified {
  return { schema, name }
}

/** Primary and foreign keys of every table: also those that are not served, because views of them may be. */
import { sql, type Sql } from '../sql.ts'
import type { Qualified } from './catalog.ts'

export type Constraint = PrimaryKey | ForeignKeyConstraint

export interface PrimaryKey {
  readonly kind: 'primary'
  readonly table: KeyTable
}

export interface ForeignKeyConstraint {
  readonly kind: 'foreign'
  readonly name: string
  readonly table: KeyTable
  readonly target: KeyTable
  /** The referencing columns are unique, so that at most one row refers to another. */
  readonly isUnique: boolean
}

/** A table, and those of its columns that a key is made of. */
export interface KeyTable {
  readonly oid: number
  readonly at: Qualified
  readonly columns: readonly KeyColumn[]
}

export interface KeyColumn {
  /** `attnum` in the system catalogs. */
  readonly number: number
  readonly name: string
}

/** One row per key. Those of partitions are left out: their parent has them too. */
export function constraintsQuery(): Sql {
  return sql`
with keys as (
  select k.*, (select array_agg(n order by n) from unnest(k.conkey) n) as sorted from pg_constraint k join pg_class c on c.oid = k.conrelid
  where k.contype in ('p', 'u', 'f') and k.conparentid = 0
    and c.relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
)
select json_build_object('name', k.conname,
  'table', json_build_array(k.conrelid::bigint, n1.nspname, c1.relname),
  'columns', (select json_agg(json_build_array(a.attnum, a.attname) order by p.place)
    from unnest(k.conkey) with ordinality p(number, place)
      join pg_attribute a on a.attrelid = k.conrelid and a.attnum = p.number),
  'target', case k.contype when 'f' then json_build_array(k.confrelid::bigint, n2.nspname, c2.relname) end,
  'target_columns', (select json_agg(json_build_array(a.attnum, a.attname) order by p.place)
    from unnest(k.confkey) with ordinality p(number, place)
      join pg_attribute a on a.attrelid = k.confrelid and a.attnum = p.number),
  'unique', k.contype = 'f'
    and (k.conrelid, k.sorted) in (select u.conrelid, u.sorted from keys u where u.contype in ('p', 'u')))
from keys k
  join pg_class c1 on c1.oid = k.conrelid join pg_namespace n1 on n1.oid = c1.relnamespace
  left join pg_class c2 on c2.oid = k.confrelid left join pg_namespace n2 on n2.oid = c2.relnamespace
where k.contype in ('p', 'f')
order by n1.nspname, c1.relname, k.conname`
}

type TableCells = readonly [oid: number, schema: string, name: string]
type ColumnCells = readonly [number: number, name: string]

interface ConstraintRow {
  readonly name: string
  readonly table: TableCells
  readonly columns: readonly ColumnCells[]
  readonly target: TableCells | null
  readonly target_columns: readonly ColumnCells[] | null
  readonly unique: boolean
}

export function decodeConstraint(text: string): Constraint {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the shape is a matter of the query above
  const row = JSON.parse(text) as ConstraintRow
  const table = keyTable(row.table, row.columns)
  if (row.target === null) return { kind: 'primary', table }
  const target = keyTable(row.target, row.target_columns ?? [])
  return { kind: 'foreign', name: row.name, table, target, isUnique: row.unique }
}

function keyTable([oid, schema, name]: TableCells, columns: readonly ColumnCells[]): KeyTable {
  const named = columns.map(([number, columnName]) => ({ number, name: columnName }))
  return { oid, at: { schema, name }, columns: named }
}

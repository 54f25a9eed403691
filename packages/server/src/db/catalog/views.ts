/** Which column of which table stands behind each column of a view, as far as it is shown as it is. */
import { sql, type Sql } from '../sql.ts'
import type { Qualified } from './catalog.ts'

export interface View {
  readonly oid: number
  readonly at: Qualified
  /** Those that show a column of a table or of another view. */
  readonly columns: readonly ViewColumn[]
}

export interface ViewColumn {
  readonly number: number
  readonly name: string
  readonly origin: ColumnOrigin
}

/** A column of a table or of another view. */
export interface ColumnOrigin {
  readonly oid: number
  readonly number: number
}

/** One row per view: its columns, and the tree of its query as PostgreSQL keeps it. */
export function viewsQuery(): Sql {
  return sql`
select json_build_object('oid', c.oid::bigint, 'schema', n.nspname, 'name', c.relname,
  'columns', (select json_object_agg(a.attnum, a.attname) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0),
  'tree', r.ev_action::text)
from pg_rewrite r join pg_class c on c.oid = r.ev_class join pg_namespace n on n.oid = c.relnamespace
where r.rulename = '_RETURN' and c.relkind in ('v', 'm') and n.nspname not in ('pg_catalog', 'information_schema')
order by n.nspname, c.relname`
}

interface ViewRow {
  readonly oid: number
  readonly schema: string
  readonly name: string
  readonly columns: Readonly<Record<string, string>>
  readonly tree: string
}

export function decodeView(text: string): View {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the shape is a matter of the query above
  const row = JSON.parse(text) as ViewRow
  const columns = originsIn(row.tree).flatMap(({ number, origin }) => {
    const name = row.columns[number]
    return name === undefined ? [] : [{ number, name, origin }]
  })
  return { oid: row.oid, at: { schema: row.schema, name: row.name }, columns }
}

/**
 * What matters of a `pg_node_tree`: braces, for depth; the number of a result column, and where PostgreSQL says it comes
 * from. A backslash takes away the meaning of the next character.
 */
const token = /\\[^]|[{}]|:resno (\d+) |:resorigtbl (\d+) :resorigcol (\d+) :resjunk (true|false)/g

/** The query is one level deep, its own result columns two; deeper ones belong to queries inside of it. */
const resultDepth = 2

function originsIn(tree: string): readonly { number: number; origin: ColumnOrigin }[] {
  const found: { number: number; origin: ColumnOrigin }[] = []
  let depth = 0
  let number = 0
  for (const [text, resultNumber, oid, column, isJunk] of tree.matchAll(token)) {
    if (text === '{') depth += 1
    else if (text === '}') depth -= 1
    else if (depth !== resultDepth) continue
    else if (resultNumber !== undefined) number = Number(resultNumber)
    else if (oid !== undefined && oid !== '0' && isJunk === 'false') {
      found.push({ number, origin: { oid: Number(oid), number: Number(column) } })
    }
  }
  return found
}

/** Finds the table that a request is about. */
import { findTable, type Catalog, type Table } from '../../../db/catalog/index.ts'
import { Failure } from '../../../kernel/failure.ts'
import { suggest } from './suggest.ts'

/** Refuses with `table_not_found`, and with the name that comes nearest. */
export function requireTable(catalog: Catalog, schema: string, name: string): Table {
  const table = findTable(catalog, { schema, name })
  if (table !== undefined) return table
  const known = catalog.schemas.get(schema)?.tables.keys() ?? []
  throw new Failure('table_not_found', { schema, table: name, nearest: suggest(name, known, 0.75) })
}

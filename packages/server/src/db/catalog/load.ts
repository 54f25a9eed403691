/** Reads the catalog from the database: one round trip, then in slices, so that requests go on meanwhile. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { SessionPool } from '../index.ts'
import type { Rows } from '../rows.ts'
import { toStatement } from '../sql.ts'
import type { Catalog, Routine, Schema, Table } from './catalog.ts'
import { decodeForeignKey, decodeFunction, decodeRole, decodeTable } from './decode.ts'
import { foreignKeysQuery, functionsQuery, roleSettingsQuery, tablesQuery } from './queries.ts'
import { deriveRelationships, keyOf } from './relationships.ts'

/** How many rows are decoded before others get a turn. */
const sliceRows = 200

let versions = 0

/**
 * The catalog of `schemas`, as the login role of `pool` sees it. A schema that does not exist is empty. Rejects with
 * what the pool rejects with.
 */
export async function loadCatalog(pool: SessionPool, schemas: readonly string[]): Promise<Catalog> {
  const [tables, keys, functions, roles] = await pool.run({
    scope: {
      settings: [
        ['search_path', ''],
        ['statement_timeout', '0'],
        // Its plans are used once, and compiling them takes longer than running them.
        ['jit', 'off'],
      ],
    },
    statements: [
      toStatement(tablesQuery(schemas)),
      toStatement(foreignKeysQuery(schemas)),
      toStatement(functionsQuery(schemas)),
      toStatement(roleSettingsQuery()),
    ],
  })
  const decodedTables = await decodeRows(tables, decodeTable)
  const byKey = new Map(decodedTables.map((table) => [keyOf(table), table]))
  const foreignKeys = await decodeRows(keys, decodeForeignKey)
  const relationships = deriveRelationships(foreignKeys, (at) => byKey.get(keyOf(at))?.primaryKey ?? [])
  const decodedRoles = await decodeRows(roles, decodeRole)
  versions += 1
  return {
    version: versions,
    schemas: groupSchemas({
      schemas,
      tables: decodedTables.map((table) =>
        Object.assign(table, { relationships: relationships.get(keyOf(table)) ?? [] }),
      ),
      functions: await decodeRows(functions, decodeFunction),
    }),
    roleSettings: new Map(decodedRoles.map(({ role, settings }) => [role, settings])),
  }
}

async function decodeRows<T>(rows: Rows | undefined, decode: (text: string) => T): Promise<T[]> {
  const decoded: T[] = []
  for (const [index, [cell]] of (rows?.cells ?? []).entries()) {
    if (cell !== null && cell !== undefined) decoded.push(decode(cell.toString('utf8')))
    if (index % sliceRows === sliceRows - 1) await nextTurn()
  }
  return decoded
}

interface Loaded {
  readonly schemas: readonly string[]
  readonly tables: readonly Table[]
  readonly functions: readonly Routine[]
}

function groupSchemas(loaded: Loaded): ReadonlyMap<string, Schema> {
  const grouped = new Map(loaded.schemas.map((name) => [name, emptySchema(name)]))
  for (const table of loaded.tables) grouped.get(table.schema)?.tables.set(table.name, table)
  for (const routine of loaded.functions) {
    const functions = grouped.get(routine.schema)?.functions
    const overloads = functions?.get(routine.name)
    if (overloads === undefined) functions?.set(routine.name, [routine])
    else overloads.push(routine)
  }
  return grouped
}

function emptySchema(name: string): {
  name: string
  tables: Map<string, Table>
  functions: Map<string, Routine[]>
} {
  return { name, tables: new Map(), functions: new Map() }
}

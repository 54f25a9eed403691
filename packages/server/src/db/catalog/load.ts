/** Reads the catalog from the database: one round trip, then in slices, so that requests go on meanwhile. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { SessionPool } from '../index.ts'
import type { Rows } from '../rows.ts'
import { toStatement } from '../sql.ts'
import type { Catalog, Routine, Schema, Table } from './catalog.ts'
import { computedRelationshipsQuery, decodeComputed } from './computed.ts'
import { constraintsQuery, decodeConstraint } from './constraints.ts'
import { decodeFunction, decodeRole, decodeTable } from './decode.ts'
import { decodeMediaHandler, mediaHandlersQuery } from './media-handlers.ts'
import { arrayText, functionsQuery, roleSettingsQuery, tablesQuery } from './queries.ts'
import { deriveRelationships, keyOf, withComputed } from './relationships.ts'
import { foreignKeysOf, showingsOf, viewKeysOf } from './view-keys.ts'
import { decodeView, viewsQuery } from './views.ts'

/** How many rows are decoded before others get a turn. */
const sliceRows = 200
/** Trees of views are large. */
const sliceViews = 10

let versions = 0

/**
 * The catalog of `schemas`, as the login role of `pool` sees it. A schema that does not exist is empty. Rejects with
 * what the pool rejects with.
 */
export async function loadCatalog(pool: SessionPool, schemas: readonly string[]): Promise<Catalog> {
  const [tables, keys, functions, roles, handlers, views, computed] = await pool.run({
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
      toStatement(constraintsQuery()),
      toStatement(functionsQuery(schemas)),
      toStatement(roleSettingsQuery()),
      toStatement(mediaHandlersQuery(arrayText(schemas))),
      toStatement(viewsQuery()),
      toStatement(computedRelationshipsQuery(arrayText(schemas))),
    ],
  })
  const decodedTables = await decodeRows(tables, decodeTable)
  const constraints = await decodeRows(keys, decodeConstraint)
  const showings = showingsOf(await decodeRows(views, decodeView, sliceViews))
  const viewKeys = viewKeysOf(constraints, showings)
  const keyed = decodedTables.map((table) =>
    Object.assign(table, { primaryKey: viewKeys.get(keyOf(table)) ?? table.primaryKey }),
  )
  const byKey = new Map(keyed.map((table) => [keyOf(table), table]))
  const served = foreignKeysOf(constraints, showings).filter(
    ({ from, to }) => schemas.includes(from.schema) && schemas.includes(to.schema),
  )
  const relationships = withComputed(
    deriveRelationships(served, (at) => byKey.get(keyOf(at))?.primaryKey ?? []),
    await decodeRows(computed, decodeComputed),
  )
  const decodedRoles = await decodeRows(roles, decodeRole)
  versions += 1
  return {
    version: versions,
    schemas: groupSchemas({
      schemas,
      tables: keyed.map((table) =>
        Object.assign(table, { relationships: relationships.get(keyOf(table)) ?? [] }),
      ),
      functions: await decodeRows(functions, decodeFunction),
    }),
    roleSettings: new Map(decodedRoles.map(({ role, settings }) => [role, settings.filter(isNoIsolation)])),
    roleIsolation: new Map(decodedRoles.flatMap(isolationOf)),
    mediaHandlers: new Map(await decodeRows(handlers, decodeMediaHandler)),
  }
}

const isolation = 'default_transaction_isolation'

/** It can not be set once a transaction has begun. */
function isNoIsolation([name]: readonly [string, string]): boolean {
  return name !== isolation
}

function isolationOf({
  role,
  settings,
}: ReturnType<typeof decodeRole>): readonly (readonly [string, string])[] {
  return settings.filter(([name]) => name === isolation).map(([, level]) => [role, level] as const)
}

async function decodeRows<T>(
  rows: Rows | undefined,
  decode: (text: string) => T,
  slice = sliceRows,
): Promise<T[]> {
  const decoded: T[] = []
  for (const [index, [cell]] of (rows?.cells ?? []).entries()) {
    if (cell !== null && cell !== undefined) decoded.push(decode(cell.toString('utf8')))
    if (index % slice === slice - 1) await nextTurn()
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

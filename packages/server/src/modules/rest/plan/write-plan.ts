/** Plans an insert, an upsert, an update or a delete, and what is read back from it. */
import type { Catalog, Table } from '../../../db/catalog/index.ts'
import { assert, Failure } from '../../../kernel/failure.ts'
import type { RestRequest } from '../request/request.ts'
import type { AtLevel, Condition } from '../request/wish.ts'
import { resolveConditions } from './condition.ts'
import { planRoot, type PlanRules } from './level.ts'
import type { BodyColumn, BodySource, Conflict, ResolvedCondition, Write, WritePlan } from './plan.ts'
import { returnedColumns } from './returned.ts'
import { requireTable } from './table.ts'

type WriteRequest = RestRequest & {
  readonly action: { readonly kind: 'insert' | 'update' | 'put' | 'delete'; readonly table: string }
}

/** Refuses with `table_not_found`, `column_not_found`, `put_…`, and what `planRoot` refuses with. */
export function planWrite(request: WriteRequest, catalog: Catalog, rules: PlanRules): WritePlan {
  const table = requireTable(catalog, request.schema, request.action.table)
  const { query, preferences, output } = request
  const said = { ...query, conditions: query.conditions.filter(isBelow) }
  // No bound on rows: what was written is what is shown.
  const root = planRoot(
    { ...rules, catalog, maxRows: undefined },
    { from: undefined, alias: table.name, at: table },
    said,
  )
  return {
    kind: 'write',
    table,
    write: planKind(request, table),
    root,
    output,
    returning: preferences.return ?? 'minimal',
    returned: returnedColumns(root, table.primaryKey),
    mustCheck:
      output.form === 'object' ||
      request.action.kind === 'put' ||
      (preferences.handling === 'strict' && preferences.maxAffected !== undefined),
  }
}

/** Conditions at the top say which rows are written; those below say what is shown. */
function isBelow({ path }: AtLevel<Condition>): boolean {
  return path.length > 0
}

function planKind(request: WriteRequest, table: Table): Write {
  const { kind } = request.action
  const top = request.query.conditions.filter((condition) => !isBelow(condition)).map(({ value }) => value)
  const where = resolveConditions(top, { table, embeds: [], name: table.name })
  switch (kind) {
    case 'insert':
      return { kind: 'insert', ...fromBody(request, table), ...onConflict(request, table) }
    case 'put':
      return { kind: 'insert', ...planPut(request, table, where) }
    case 'update':
      return { kind: 'update', ...fromBody(request, table), where }
    case 'delete':
      return { kind: 'delete', where }
  }
}

function fromBody(request: RestRequest, table: Table): { columns: readonly BodyColumn[]; body: BodySource } {
  const { body, bodySlot, preferences, action } = request
  assert(body?.kind === 'json' && bodySlot !== undefined, 'a write has a JSON body')
  const names = [...new Set(body.keys)].toSorted()
  return {
    columns: names.map((name) => bodyColumn(table, name)),
    body: {
      slot: bodySlot,
      isObject: body.isObject,
      appliesDefaults: preferences.missing === 'default' && action.kind !== 'put',
    },
  }
}

function bodyColumn(table: Table, name: string): BodyColumn {
  const column = table.columns.get(name)
  if (column === undefined) throw new Failure('column_not_found', { table: table.name, column: name })
  const fromJson = column.representation?.fromJson
  return { name, type: column.type, default: column.default, fromJson }
}

function onConflict(
  request: RestRequest,
  table: Table,
): { conflict: Conflict | undefined; where: readonly ResolvedCondition[]; isPut: boolean } {
  const { resolution } = request.preferences
  const columns = request.query.onConflict ?? table.primaryKey
  const isAsked = resolution !== undefined && columns.length > 0
  return { conflict: isAsked ? { columns, resolution } : undefined, where: [], isPut: false }
}

/** PUT names one row by its whole key, and gives all of it. */
function planPut(
  request: RestRequest,
  table: Table,
  where: readonly ResolvedCondition[],
): Omit<Extract<Write, { kind: 'insert' }>, 'kind'> {
  if (request.range.limit !== undefined || request.range.offset !== 0) {
    throw new Failure('put_range_refused', {})
  }
  const named = new Set(where.map(namedByEquality))
  const isKey =
    table.primaryKey.length > 0 &&
    named.size === table.primaryKey.length &&
    table.primaryKey.every((column) => named.has(column))
  if (!isKey) throw new Failure('put_filters_invalid', {})
  const conflict = { columns: table.primaryKey, resolution: 'merge-duplicates' } as const
  return { ...fromBody(request, table), conflict, where, isPut: true }
}

function namedByEquality(condition: ResolvedCondition): string | undefined {
  if (condition.kind !== 'test' || condition.isNegated || condition.field.path.length > 0) return undefined
  const { test } = condition
  const isEquality = test.kind === 'compare' && test.operator === 'eq' && test.quantifier === undefined
  return isEquality ? condition.field.name : undefined
}

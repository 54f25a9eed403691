/** Lends the keys of tables to the views that show them: a view with all columns of a key has that key too. Pure. */
import type { Qualified } from './catalog.ts'
import type { Constraint, ForeignKeyConstraint, KeyTable } from './constraints.ts'
import { keyOf, type ForeignKey } from './relationships.ts'
import type { ColumnOrigin, View } from './views.ts'

/** A view of a table, with its names for the table's columns: a column can be shown more than once. */
interface Showing {
  readonly view: Qualified
  readonly names: ReadonlyMap<number, readonly string[]>
}

/** By the table's OID. */
export type Showings = ReadonlyMap<number, readonly Showing[]>

/** Views of views of … lead to tables in few steps; anything deeper is no app's schema. */
const depthMax = 32
/** A view may show each column of a key several times; each choice is a way of its own. */
const choicesMax = 16

export function showingsOf(views: readonly View[]): Showings {
  const byOid = new Map(views.map((view) => [view.oid, numbered(view)]))
  const showings = new Map<number, Showing[]>()
  for (const view of views) {
    for (const [oid, names] of namesByTable(view, byOid)) {
      const list = showings.get(oid)
      if (list === undefined) showings.set(oid, [{ view: view.at, names }])
      else list.push({ view: view.at, names })
    }
  }
  return showings
}

type Numbered = ReadonlyMap<number, ColumnOrigin>

function numbered(view: View): Numbered {
  return new Map(view.columns.map(({ number, origin }) => [number, origin]))
}

function namesByTable(view: View, byOid: ReadonlyMap<number, Numbered>): Map<number, Map<number, string[]>> {
  const found = new Map<number, Map<number, string[]>>()
  for (const column of view.columns) {
    const base = baseOf(column.origin, byOid)
    if (base === undefined) continue
    const names = found.get(base.oid) ?? new Map<number, string[]>()
    found.set(base.oid, names)
    names.set(base.number, [...(names.get(base.number) ?? []), column.name])
  }
  return found
}

/** Through views down to the table; undefined where a view between computes the column. */
function baseOf(origin: ColumnOrigin, byOid: ReadonlyMap<number, Numbered>): ColumnOrigin | undefined {
  let at: ColumnOrigin | undefined = origin
  for (let depth = 0; depth < depthMax && at !== undefined; depth++) {
    const view = byOid.get(at.oid)
    if (view === undefined) return at
    at = view.get(at.number)
  }
  return undefined
}

/** Every foreign key as its tables have it, and as their views have it. */
export function foreignKeysOf(constraints: readonly Constraint[], showings: Showings): readonly ForeignKey[] {
  return constraints.flatMap((constraint) =>
    constraint.kind === 'foreign' ? variantsOf(constraint, showings) : [],
  )
}

interface Side {
  readonly at: Qualified
  readonly columns: readonly string[]
}

function variantsOf(key: ForeignKeyConstraint, showings: Showings): readonly ForeignKey[] {
  const froms = sidesOf(key.table, showings)
  const tos = sidesOf(key.target, showings)
  return froms.flatMap((from) =>
    tos.map((to) => ({
      name: key.name,
      from: from.at,
      to: to.at,
      columns: from.columns.map((column, index) => [column, to.columns[index] ?? ''] as const),
      isUnique: key.isUnique,
    })),
  )
}

function sidesOf(table: KeyTable, showings: Showings): readonly Side[] {
  const own = { at: table.at, columns: table.columns.map(({ name }) => name) }
  const shown = (showings.get(table.oid) ?? []).flatMap(({ view, names }) =>
    choices(table.columns.map(({ number }) => names.get(number) ?? [])).map((columns) => ({
      at: view,
      columns,
    })),
  )
  return [own, ...shown]
}

/** One name from each list, in every way; none where a list is empty. */
function choices(lists: readonly (readonly string[])[]): readonly (readonly string[])[] {
  let found: readonly (readonly string[])[] = [[]]
  for (const list of lists) {
    found = found.flatMap((names) => list.map((name) => names.concat(name))).slice(0, choicesMax)
  }
  return found
}

/** Views that show the whole primary key of a table, by `keyOf`: the columns it has there. */
export function viewKeysOf(
  constraints: readonly Constraint[],
  showings: Showings,
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>()
  for (const { kind, table } of constraints) {
    if (kind !== 'primary') continue
    for (const { view, names } of showings.get(table.oid) ?? []) {
      const columns = table.columns.flatMap(({ number }) => names.get(number)?.slice(0, 1) ?? [])
      if (columns.length < table.columns.length) continue
      const known = found.get(keyOf(view)) ?? []
      found.set(keyOf(view), [...new Set([...known, ...columns])].toSorted())
    }
  }
  return found
}

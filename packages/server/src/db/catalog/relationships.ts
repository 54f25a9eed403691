/** Derives every way between tables from foreign keys: there, back, and through junction tables. Pure. */
import type {
  ColumnPair,
  ComputedRelationship,
  DirectRelationship,
  JunctionRelationship,
  Qualified,
  Relationship,
} from './catalog.ts'

export interface ForeignKey {
  readonly name: string
  readonly from: Qualified
  readonly to: Qualified
  readonly columns: readonly ColumnPair[]
  /** The referencing columns are unique, so that at most one row refers to another. */
  readonly isUnique: boolean
}

/** Relationships by the table they start at (see `keyOf`). */
export function deriveRelationships(
  foreignKeys: readonly ForeignKey[],
  primaryKeyOf: (table: Qualified) => readonly string[],
): ReadonlyMap<string, readonly Relationship[]> {
  const found = new Map<string, Relationship[]>()
  const add = (relationship: Relationship): void => {
    const key = keyOf(relationship.near)
    const list = found.get(key)
    if (list === undefined) found.set(key, [relationship])
    else list.push(relationship)
  }
  for (const foreignKey of foreignKeys) {
    add(forward(foreignKey))
    add(backward(foreignKey))
  }
  for (const [, keys] of groupByOrigin(foreignKeys)) {
    for (const junction of junctions(keys, primaryKeyOf)) add(junction)
  }
  return found
}

/** Adds what functions compute. Such a way takes the place of those that lead to a table of the function's name. */
export function withComputed(
  derived: ReadonlyMap<string, readonly Relationship[]>,
  computed: readonly ComputedRelationship[],
): ReadonlyMap<string, readonly Relationship[]> {
  const all = new Map(derived)
  for (const relationship of computed) {
    const key = keyOf(relationship.near)
    const name = keyOf(relationship.function)
    const others = (all.get(key) ?? []).filter((other) => keyOf(targetOf(other)) !== name)
    all.set(key, [...others, relationship])
  }
  return new Map([...all].map(([key, list]) => [key, list.toSorted(compare)]))
}

function targetOf(relationship: Relationship): Qualified {
  return relationship.kind === 'computed' ? relationship.function : relationship.far
}

/** The order in which an ambiguous name lists its meanings. */
const kinds = ['one-to-many', 'many-to-one', 'one-to-one', 'many-to-many', 'computed'] as const

function compare(a: Relationship, b: Relationship): number {
  const [left, right] = [sortKey(a), sortKey(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

function sortKey(relationship: Relationship): string {
  const { kind, far } = relationship
  return [far.schema, far.name, kinds.indexOf(kind), ...details(relationship)].join('\0')
}

function details(relationship: Relationship): readonly string[] {
  switch (relationship.kind) {
    case 'computed':
      return [relationship.function.name]
    case 'many-to-many': {
      const { junction, nearConstraint, farConstraint } = relationship
      return [junction.schema, junction.name, nearConstraint, farConstraint]
    }
    case 'many-to-one':
    case 'one-to-many':
    case 'one-to-one':
      return [relationship.constraint, ...relationship.columns.flat()]
  }
}

/** Distinct for distinct tables: a name can hold a dot, but not a NUL. */
export function keyOf(table: Qualified): string {
  return `${table.schema}\0${table.name}`
}

function forward(key: ForeignKey): DirectRelationship {
  return {
    kind: key.isUnique ? 'one-to-one' : 'many-to-one',
    constraint: key.name,
    near: key.from,
    far: key.to,
    columns: key.columns,
  }
}

function backward(key: ForeignKey): DirectRelationship {
  return {
    kind: key.isUnique ? 'one-to-one' : 'one-to-many',
    constraint: key.name,
    near: key.to,
    far: key.from,
    columns: key.columns.map(([from, to]) => [to, from]),
  }
}

function groupByOrigin(keys: readonly ForeignKey[]): Map<string, ForeignKey[]> {
  const groups = new Map<string, ForeignKey[]>()
  for (const key of keys) {
    const origin = keyOf(key.from)
    const group = groups.get(origin)
    if (group === undefined) groups.set(origin, [key])
    else group.push(key)
  }
  return groups
}

/** A junction has foreign keys to two tables, and all their columns belong to its primary key. */
function junctions(
  keys: readonly ForeignKey[],
  primaryKeyOf: (table: Qualified) => readonly string[],
): JunctionRelationship[] {
  const first = keys[0]
  if (first === undefined || keys.length < 2) return []
  const primaryKey = primaryKeyOf(first.from)
  const usable = keys.filter(
    (key) => !key.isUnique && key.columns.every(([column]) => primaryKey.includes(column)),
  )
  return usable.flatMap((near) =>
    usable.filter((far) => far.name !== near.name).map((far) => through(near, far)),
  )
}

function through(near: ForeignKey, far: ForeignKey): JunctionRelationship {
  return {
    kind: 'many-to-many',
    near: near.to,
    far: far.to,
    junction: near.from,
    nearConstraint: near.name,
    farConstraint: far.name,
    nearColumns: near.columns.map(swap),
    farColumns: far.columns.map(swap),
  }
}

function swap([junction, other]: ColumnPair): ColumnPair {
  return [other, junction]
}

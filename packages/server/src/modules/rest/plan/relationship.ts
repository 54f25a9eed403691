/** Finds the one relationship that an embedded resource means, or says why there is none or more than one. */
import {
  findTable,
  type Catalog,
  type ColumnPair,
  type Qualified,
  type Relationship,
  type Table,
} from '../../../db/catalog/index.ts'
import { Failure } from '../../../kernel/failure.ts'
import { suggest } from './suggest.ts'

export interface EmbedWish {
  /** A table, a constraint, or a column of the origin that refers to the target. */
  readonly target: string
  readonly hint: string | undefined
}

/** Refuses with `relationship_not_found` or `relationship_ambiguous`. */
export function findRelationship(catalog: Catalog, origin: Qualified, wish: EmbedWish): Relationship {
  const table = findTable(catalog, origin)
  const found = (table?.relationships ?? []).filter(
    (candidate) => isInSchema(candidate, origin.schema) && matches(candidate, wish, catalog),
  )
  const [only, second] = found
  if (only === undefined) throw notFound(catalog, origin, wish)
  if (second !== undefined) throw ambiguous(origin, wish, found)
  return only
}

export function isToOne(relationship: Relationship): boolean {
  if (relationship.kind === 'computed') return relationship.isToOne
  return relationship.kind === 'many-to-one' || relationship.kind === 'one-to-one'
}

/** A name in a URL means something of the schema that the request is about. */
function isInSchema(candidate: Relationship, schema: string): boolean {
  return (candidate.kind === 'computed' ? candidate.function : candidate.far).schema === schema
}

function matches(candidate: Relationship, wish: EmbedWish, catalog: Catalog): boolean {
  if (candidate.kind === 'computed') return candidate.function.name === wish.target
  const isSelf = candidate.near.schema === candidate.far.schema && candidate.near.name === candidate.far.name
  if (isSelf) return matchesSelf(candidate, wish)
  const { target, hint } = wish
  if (hint !== undefined) return candidate.far.name === target && matchesHint(candidate, hint)
  if (candidate.far.name === target) return true
  // Views have the keys of their tables: by those alone, nobody could tell a view from its table.
  return findTable(catalog, candidate.far)?.isView !== true && isNamedBy(candidate, target)
}

/** Without a hint, a target may be the constraint, or the column that refers to it. */
function isNamedBy(candidate: Relationship, target: string): boolean {
  return constraintOf(candidate) === target || onlyPair(candidate)?.[0] === target
}

function matchesHint(candidate: Relationship, hint: string): boolean {
  if (candidate.kind === 'many-to-many') return candidate.junction.name === hint
  return constraintOf(candidate) === hint || onlyPair(candidate)?.includes(hint) === true
}

/** A table that refers to itself: its own name leads to the many, the referring column to the one. */
function matchesSelf(candidate: Relationship, { target, hint }: EmbedWish): boolean {
  const isMany = candidate.kind === 'one-to-many' && candidate.far.name === target
  if (hint !== undefined) return isMany && onlyPair(candidate)?.[1] === hint
  return isMany || (candidate.kind === 'many-to-one' && onlyPair(candidate)?.[0] === target)
}

/** The columns of a foreign key of one column. */
function onlyPair(candidate: Relationship): ColumnPair | undefined {
  if (candidate.kind === 'many-to-many' || candidate.kind === 'computed') return undefined
  return candidate.columns.length === 1 ? candidate.columns[0] : undefined
}

function constraintOf(candidate: Relationship): string | undefined {
  return candidate.kind === 'many-to-many' || candidate.kind === 'computed' ? undefined : candidate.constraint
}

function notFound(catalog: Catalog, origin: Qualified, wish: EmbedWish): Failure {
  const { target, hint } = wish
  const hinted = hint === undefined ? '' : `' using the hint '${hint}`
  return new Failure('relationship_not_found', {
    parent: origin.name,
    child: target,
    details:
      `Searched for a foreign key relationship between '${origin.name}' and '${target}${hinted}' ` +
      `in the schema '${origin.schema}', but no matches were found.`,
    hint: suggestion(catalog, origin, target),
  })
}

/** Another parent if this one has no relationships at all, else another child of it. */
function suggestion(catalog: Catalog, origin: Qualified, target: string): string | null {
  const tables = [...(catalog.schemas.get(origin.schema)?.tables.values() ?? [])]
  const related = tables.filter((table) => table.relationships.length > 0)
  const parent = related.find((table) => table.name === origin.name)
  if (parent === undefined) return phrase(suggest(origin.name, related.map(nameOf), 0.33), origin.name)
  const children = parent.relationships.map((relationship) => relationship.far.name)
  if (children.includes(target)) return null
  return phrase(suggest(target, children, 0.33), target)
}

function nameOf(table: Table): string {
  return table.name
}

function phrase(better: string | undefined, instead: string): string | null {
  return better === undefined ? null : `Perhaps you meant '${better}' instead of '${instead}'.`
}

function ambiguous(origin: Qualified, wish: EmbedWish, found: readonly Relationship[]): Failure {
  const choices = found.map((candidate) => `'${candidate.far.name}!${hintFor(candidate)}'`)
  return new Failure('relationship_ambiguous', {
    parent: origin.name,
    child: wish.target,
    candidates: JSON.stringify(found.map(describeRelationship)),
    choices: choices.join(', '),
  })
}

function hintFor(candidate: Relationship): string {
  switch (candidate.kind) {
    case 'many-to-many':
      return candidate.junction.name
    case 'computed':
      return candidate.function.name
    case 'many-to-one':
    case 'one-to-many':
    case 'one-to-one':
      return candidate.constraint
  }
}

function describeRelationship(candidate: Relationship): Record<string, string> {
  return {
    cardinality: candidate.kind,
    embedding: `${candidate.near.name} with ${candidate.far.name}`,
    relationship: describeColumns(candidate),
  }
}

function describeColumns(candidate: Relationship): string {
  switch (candidate.kind) {
    case 'many-to-many': {
      const { junction, nearConstraint, farConstraint, nearColumns, farColumns } = candidate
      const near = `${nearConstraint}${listed(nearColumns.map(([, column]) => column))}`
      const far = `${farConstraint}${listed(farColumns.map(([, column]) => column))}`
      return `${junction.name} using ${near} and ${far}`
    }
    case 'computed':
      return candidate.function.name
    case 'many-to-one':
    case 'one-to-many':
    case 'one-to-one': {
      const near = `${candidate.near.name}${listed(candidate.columns.map(([column]) => column))}`
      const far = `${candidate.far.name}${listed(candidate.columns.map(([, column]) => column))}`
      return `${candidate.constraint} using ${near} and ${far}`
    }
  }
}

function listed(columns: readonly string[]): string {
  return `(${columns.join(', ')})`
}

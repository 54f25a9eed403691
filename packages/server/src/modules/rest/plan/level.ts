/** Plans the levels of an answer: the table that was asked for, and everything that is embedded in it, to any depth. */
import { findTable, type Catalog, type Qualified } from '../../../db/catalog/index.ts'
import { Failure } from '../../../kernel/failure.ts'
import type { AtLevel, Condition, Query, SelectItem, SelectRelation } from '../request/wish.ts'
import { resolveConditions, resolveOrders } from './condition.ts'
import type { Bound, Embed, Level } from './plan.ts'
import { findRelationship, isToOne } from './relationship.ts'

export interface LevelContext {
  readonly catalog: Catalog
  /** Rows that one level may have where the request does not say less. */
  readonly maxRows: number | undefined
}

/** Where a level begins. */
export interface Origin {
  readonly from: Qualified | undefined
  readonly alias: string
  /** The table whose relationships lead on from here; it may be one that the catalog does not know. */
  readonly at: Qualified
}

/** What the query says, reduced to one level and those below. */
type Said = Pick<Query, 'conditions' | 'orders' | 'limits' | 'offsets'>

/** Alias and table name of PostgreSQL have at most 63 bytes. */
const aliasLengthMax = 56

/**
 * The top level. `limit` and `offset` of the top come with the request. Refuses with `relationship_…`,
 * `embed_not_selected`, `order_not_to_one`, `aggregates_disabled`, `not_implemented`.
 */
export function planRoot(
  context: LevelContext,
  origin: Origin,
  said: Said & { readonly select: readonly SelectItem[] },
): Level {
  return planLevel(context, { origin, depth: 0 }, said)
}

interface Place {
  readonly origin: Origin
  readonly depth: number
}

function planLevel(
  context: LevelContext,
  place: Place,
  said: Said & { readonly select: readonly SelectItem[] },
): Level {
  const { origin } = place
  const table = findTable(context.catalog, origin.at)
  const relations = said.select.filter((item) => item.kind === 'relation')
  refuseStrayPaths(said, relations)
  const fields = said.select.filter((item) => item.kind === 'field')
  if (fields.some((field) => field.aggregate !== undefined)) throw new Failure('aggregates_disabled', {})
  const embeds = relations.map((relation, index) =>
    planEmbed(context, { ...place, index }, { relation, said }),
  )
  const scope = { table, embeds, name: origin.at.name }
  return {
    from: origin.from,
    alias: origin.alias,
    table,
    fields,
    embeds,
    where: resolveConditions(here<Condition>(said.conditions), scope),
    order: resolveOrders(here(said.orders)[0] ?? [], scope),
    limit: boundOf(here(said.limits).at(-1), context.maxRows),
    offset: here(said.offsets).at(-1),
  }
}

function here<T>(list: readonly AtLevel<T>[]): readonly T[] {
  return list.filter(({ path }) => path.length === 0).map(({ value }) => value)
}

function boundOf(slot: number | undefined, maxRows: number | undefined): Bound | undefined {
  if (slot !== undefined) return { kind: 'slot', slot }
  return maxRows === undefined ? undefined : { kind: 'fixed', rows: maxRows }
}

function planEmbed(
  context: LevelContext,
  place: Place & { readonly index: number },
  wish: { readonly relation: SelectRelation; readonly said: Said },
): Embed {
  const { relation, said } = wish
  const { origin } = place
  const depth = place.depth + 1
  const relationship = findRelationship(context.catalog, origin.at, {
    target: relation.name,
    hint: relation.hint,
  })
  const toOne = isToOne(relationship)
  if (relation.isSpread && !toOne) {
    throw new Failure('not_implemented', { what: 'Spreads of to-many relationships are not implemented.' })
  }
  const alias = aliasFor(relationship.far.name, depth)
  const name = relation.alias ?? relation.name
  const below = { ...saidBelow(said, name), select: relation.items }
  const far = { from: relationship.far, alias, at: relationship.far }
  const level = planLevel(context, { origin: far, depth }, below)
  return {
    name,
    alias: `plinth_${depth}_${place.index}`,
    relationship,
    isToOne: toOne,
    join: relation.join,
    isSpread: relation.isSpread,
    isShown: isShown(relation),
    level,
  }
}

/** Deeper levels have other aliases, so that each can refer to those above it. */
function aliasFor(name: string, depth: number): string {
  return Buffer.byteLength(name) > aliasLengthMax ? `plinth_level_${depth}` : `${name}_${depth}`
}

function isShown(relation: SelectRelation): boolean {
  return relation.items.some((item) => item.kind === 'field' || isShown(item))
}

/** What is said about the levels below `name`, with their paths shortened. */
function saidBelow(said: Said, name: string): Said {
  const shorten = <T>(list: readonly AtLevel<T>[]): readonly AtLevel<T>[] =>
    list.filter(({ path }) => path[0] === name).map(({ path, value }) => ({ path: path.slice(1), value }))
  return {
    conditions: shorten(said.conditions),
    orders: shorten(said.orders),
    limits: shorten(said.limits),
    offsets: shorten(said.offsets),
  }
}

/** Something said about a level that the select list does not have is a mistake. */
function refuseStrayPaths(said: Said, relations: readonly SelectRelation[]): void {
  const all = [...said.conditions, ...said.orders, ...said.limits, ...said.offsets]
  for (const { path } of all) {
    const [name] = path
    if (name === undefined || relations.some((relation) => (relation.alias ?? relation.name) === name))
      continue
    const alias = relations.find((relation) => relation.name === name)?.alias
    throw new Failure('embed_not_selected', alias === undefined ? { name } : { name, alias })
  }
}

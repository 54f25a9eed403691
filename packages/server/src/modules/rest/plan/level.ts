/** Plans the levels of an answer: the table that was asked for, and everything that is embedded in it, to any depth. */
import { findTable, type Catalog, type Qualified } from '../../../db/catalog/index.ts'
import { Failure } from '../../../kernel/failure.ts'
import type { Condition, SelectField, SelectItem, SelectRelation } from '../request/wish.ts'
import { resolveConditions, resolveOrders } from './condition.ts'
import { planFields } from './fields.ts'
import type { Bound, Embed, Level } from './plan.ts'
import { findRelationship, isToOne } from './relationship.ts'
import { divide, here, shownName, type Said, type SaidBelow } from './said.ts'
import { spreadMany, spreadOne } from './spread.ts'

export interface LevelContext extends PlanRules {
  readonly catalog: Catalog
}

/** What the settings say about plans. */
export interface PlanRules {
  /** Rows that one level may have where the request does not say less. */
  readonly maxRows: number | undefined
  /** Callers may aggregate; not where absent. */
  readonly hasAggregates?: boolean
  /** Filters may name an embedded table that has an alias; they may where absent. */
  readonly usesTargetNames?: boolean
}

/** Where a level begins. */
export interface Origin {
  readonly from: Qualified | undefined
  readonly alias: string
  /** The table whose relationships lead on from here; it may be one that the catalog does not know. */
  readonly at: Qualified
}

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
  return planLevel(context, { origin, depth: 0, listsAll: false }, said)
}

interface Place {
  readonly origin: Origin
  readonly depth: number
  /** `*` must be written out: the level is spread. */
  readonly listsAll: boolean
}

function planLevel(
  context: LevelContext,
  place: Place,
  said: Said & { readonly select: readonly SelectItem[] },
): Level {
  const { origin } = place
  const table = findTable(context.catalog, origin.at)
  const divided = divide(
    said,
    said.select.filter((item) => item.kind === 'relation'),
    context.usesTargetNames ?? true,
  )
  const asked = said.select.filter((item) => item.kind === 'field')
  const aggregates = asked.some(isAggregated)
  if (aggregates && context.hasAggregates !== true) throw new Failure('aggregates_disabled', {})
  const embeds = divided.map((below, index) => planEmbed(context, { ...place, index }, below))
  const isGrouped = aggregates || embeds.some(({ spread }) => spread.some(isAggregated))
  const scope = { table, embeds, name: origin.at.name }
  return {
    from: origin.from,
    alias: origin.alias,
    table,
    fields: planFields(asked, { table, listsAll: place.listsAll || isGrouped }),
    isGrouped,
    embeds,
    where: resolveConditions(here<Condition>(said.conditions), scope),
    order: resolveOrders(here(said.orders)[0] ?? [], scope),
    limit: boundOf(here(said.limits).at(-1), context.maxRows),
    offset: here(said.offsets).at(-1),
  }
}

function isAggregated({ aggregate }: Pick<SelectField, 'aggregate'>): boolean {
  return aggregate !== undefined
}

function boundOf(slot: number | undefined, maxRows: number | undefined): Bound | undefined {
  if (slot !== undefined) return { kind: 'slot', slot }
  return maxRows === undefined ? undefined : { kind: 'fixed', rows: maxRows }
}

function planEmbed(
  context: LevelContext,
  place: Place & { readonly index: number },
  below: SaidBelow,
): Embed {
  const { relation, said, isNamedByTarget } = below
  const depth = place.depth + 1
  const relationship = findRelationship(context.catalog, place.origin.at, {
    target: relation.name,
    hint: relation.hint,
  })
  const toOne = isToOne(relationship)
  const alias = `plinth_${depth}_${place.index}`
  const far = { from: relationship.far, alias: aliasFor(relationship.far.name, depth), at: relationship.far }
  const level = planLevel(
    context,
    { origin: far, depth, listsAll: relation.isSpread },
    { ...said, select: relation.items },
  )
  const { level: rows, columns } = relation.isSpread
    ? toOne
      ? spreadOne(level, alias)
      : spreadMany(level)
    : { level, columns: [] }
  return {
    name: shownName(relation),
    target: relation.name,
    alias,
    relationship,
    isToOne: toOne,
    join: relation.join,
    isSpread: relation.isSpread,
    spread: columns,
    isNamedByTarget,
    isShown: isShown(relation),
    level: rows,
  }
}

/** Deeper levels have other aliases, so that each can refer to those above it. */
function aliasFor(name: string, depth: number): string {
  return Buffer.byteLength(name) > aliasLengthMax ? `plinth_level_${depth}` : `${name}_${depth}`
}

function isShown(relation: SelectRelation): boolean {
  return relation.items.some((item) => item.kind === 'field' || isShown(item))
}

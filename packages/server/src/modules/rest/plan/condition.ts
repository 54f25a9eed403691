/** Resolves the conditions and orders of one level: the types of their columns, and the embedded resources they mean. */
import type { Table } from '../../../db/catalog/index.ts'
import { Failure } from '../../../kernel/failure.ts'
import type { Condition, Field, Filter, OrderTerm } from '../request/wish.ts'
import type { Embed, ResolvedCondition, ResolvedField, ResolvedOrder } from './plan.ts'

/** What names can mean on a level. */
export interface LevelScope {
  readonly table: Table | undefined
  readonly embeds: readonly Embed[]
  /** The name of the level, for refusals. */
  readonly name: string
}

export function resolveConditions(
  conditions: readonly Condition[],
  scope: LevelScope,
): readonly ResolvedCondition[] {
  return conditions.map((condition) => resolveCondition(condition, scope))
}

function resolveCondition(condition: Condition, scope: LevelScope): ResolvedCondition {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return { ...condition, conditions: resolveConditions(condition.conditions, scope) }
    case 'filter':
      return resolveFilter(condition, scope)
  }
}

/** `rel=is.null` and `rel=not.is.null` ask whether an embedded resource has rows; all else is about a column. */
function resolveFilter(filter: Filter, scope: LevelScope): ResolvedCondition {
  const { field, isNegated, test } = filter
  const embed = field.path.length === 0 ? findEmbed(scope.embeds, field.name) : undefined
  if (embed !== undefined && test.kind === 'is' && test.state === 'null') {
    return { kind: 'embed', embed, isPresent: isNegated }
  }
  return { kind: 'test', field: resolveField(field, scope.table), isNegated, test }
}

function findEmbed(embeds: readonly Embed[], name: string): Embed | undefined {
  return embeds.find((embed) => embed.name === name)
}

/** The type as far as we know it: PostgreSQL has the last word, and names what does not exist. */
function resolveField(field: Field, table: Table | undefined): ResolvedField {
  const column = table?.columns.get(field.name)
  return {
    name: field.name,
    path: field.path,
    type: column?.baseType,
    parse: column?.representation?.fromText,
  }
}

export function resolveOrders(terms: readonly OrderTerm[], scope: LevelScope): readonly ResolvedOrder[] {
  return terms.map((term) => {
    const embed = term.relation === undefined ? undefined : findOrderEmbed(term.relation, scope)
    const field = resolveField(term.field, embed === undefined ? scope.table : embed.level.table)
    return { embed, field, direction: term.direction, nulls: term.nulls }
  })
}

/** Rows can only be put in the order of something that each has one of. */
function findOrderEmbed(name: string, scope: LevelScope): Embed {
  const embed = findEmbed(scope.embeds, name)
  if (embed === undefined) throw new Failure('embed_not_selected', { name })
  if (!embed.isToOne) throw new Failure('order_not_to_one', { origin: scope.name, target: name })
  return embed
}

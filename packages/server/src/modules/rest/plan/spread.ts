/** Spreads: the columns of an embedded level become columns of the level above. */
import { Failure } from '../../../kernel/failure.ts'
import { isStar, outputName } from './fields.ts'
import type { Embed, Level, LevelField, SpreadColumn } from './plan.ts'

export interface Spread {
  readonly level: Level
  readonly columns: readonly SpreadColumn[]
}

/**
 * Of a to-one relationship: there is one row, so that an aggregate must mean the rows of the level above; it is taken
 * there, and the embedded level only hands on what it needs.
 */
export function spreadOne(level: Level, alias: string): Spread {
  const handed = level.fields.map((field, index) => handOn(field, `${alias}_${index}`))
  const embeds = level.embeds.map(withoutAggregates)
  return {
    level: { ...level, fields: handed.map(({ field }) => field), embeds, isGrouped: false },
    columns: [...handed.map(({ column }) => column), ...level.embeds.flatMap(columnsBelow)],
  }
}

function handOn(field: LevelField, inner: string): { field: LevelField; column: SpreadColumn } {
  const { aggregate, aggregateCast } = field
  const alias = outputName(field)
  if (aggregate === undefined) {
    return { field, column: plainColumn(alias, false) }
  }
  const plain = {
    ...field,
    aggregate: undefined,
    aggregateCast: undefined,
    alias: inner,
    isRow: isStar(field),
  }
  return { field: plain, column: { name: inner, alias, isJson: false, aggregate, aggregateCast } }
}

function withoutAggregates(embed: Embed): Embed {
  return { ...embed, spread: embed.spread.map(withoutAggregate) }
}

function withoutAggregate(column: SpreadColumn): SpreadColumn {
  return column.aggregate === undefined ? column : plainColumn(column.name, column.isJson)
}

/** What an embedded resource of the spread level adds to the level above that. */
function columnsBelow(embed: Embed): readonly SpreadColumn[] {
  if (!embed.isShown) return []
  if (!embed.isSpread) return [plainColumn(embed.name, true)]
  return embed.spread.map((column) =>
    column.aggregate === undefined ? plainColumn(column.alias, column.isJson) : column,
  )
}

function plainColumn(name: string, isJson: boolean): SpreadColumn {
  return { name, alias: name, isJson, aggregate: undefined, aggregateCast: undefined }
}

/** Of a to-many relationship: each column becomes a list. */
export function spreadMany(level: Level): Spread {
  if (level.isGrouped) {
    throw new Failure('not_implemented', {
      what: 'Aggregates are not implemented for one-to-many or many-to-many spreads.',
    })
  }
  const names = [
    ...level.fields.map(outputName),
    ...level.embeds.flatMap(columnsBelow).map(({ alias }) => alias),
  ]
  return { level, columns: names.map((name) => plainColumn(name, true)) }
}

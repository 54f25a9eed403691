/** One level of the answer as a select, with its embedded levels joined to it, each for the row at hand. */
import type { ColumnPair, JunctionRelationship } from '../../../db/catalog/index.ts'
import { ident, join, raw, slot, sql, type Sql } from '../../../db/index.ts'
import type { Bound, Embed, Level, ResolvedOrder, SpreadColumn } from '../plan/plan.ts'
import { compileConditions, compileWhere } from './condition.ts'
import { aggregated, compileCallOf, compileField, compileSelectField } from './field.ts'
import { sourceName } from './names.ts'

const comma = raw(', ')
const empty = raw('')

/** How an embedded level hangs on the one above. */
interface Hanging {
  readonly embed: Embed
  /** The name of the rows above. */
  readonly above: string
}

/** The rows of a level as they are shown. */
export function compileLevel(level: Level, hanging?: Hanging): Sql {
  const from = compileFrom(level, hanging)
  const joins = join(
    level.embeds.map((embed) => compileJoin(embed, level.alias)),
    empty,
  )
  const where = compileWhere([
    ...joinConditions(level, hanging),
    ...compileConditions(level.alias, level.where),
  ])
  const list = compileSelectList(level, hanging)
  return sql`select ${list} from ${from}${joins}${where}${compileGroups(level)}${compileOrder(level)}${compileBounds(level)}`
}

/** One row, of no columns, for each row of a level, without bounds: for counting. */
export function compileCountable(level: Level, hanging?: Hanging): Sql {
  const exists = (embed: Embed): Sql =>
    sql`exists (${compileCountable(embed.level, { embed, above: level.alias })})`
  const where = compileWhere([
    ...joinConditions(level, hanging),
    ...compileConditions(level.alias, level.where, exists),
    ...level.embeds.filter((embed) => embed.join === 'inner').map(exists),
  ])
  return sql`select 1 from ${compileFrom(level, hanging)}${where}`
}

function compileFrom(level: Level, hanging: Hanging | undefined): Sql {
  const rows = compileRows(level, hanging)
  const from = sql`${rows} as ${ident(level.alias)}`
  const relationship = hanging?.embed.relationship
  if (relationship?.kind !== 'many-to-many') return from
  const { junction } = relationship
  return sql`${from}, ${ident(junction.schema, junction.name)} as ${ident(junctionAlias(level))}`
}

function compileRows(level: Level, hanging: Hanging | undefined): Sql {
  const relationship = hanging?.embed.relationship
  if (hanging !== undefined && relationship?.kind === 'computed') {
    const { near } = relationship
    // What a write or a call has made is a row of no table until it is cast to one.
    const row = sql`${ident(hanging.above)}::${ident(near.schema, near.name)}`
    return compileCallOf(relationship.function, row)
  }
  return level.from === undefined ? sourceName : ident(level.from.schema, level.from.name)
}

function junctionAlias(level: Level): string {
  return `plinth_junction_${level.alias}`.slice(0, 60)
}

function joinConditions(level: Level, hanging: Hanging | undefined): readonly Sql[] {
  if (hanging === undefined) return []
  const { embed, above } = hanging
  const { relationship } = embed
  if (relationship.kind === 'computed') return []
  if (relationship.kind === 'many-to-many') return throughJunction(level, relationship, above)
  return equalities(relationship.columns, [above, level.alias])
}

function throughJunction(level: Level, relationship: JunctionRelationship, above: string): readonly Sql[] {
  const junction = junctionAlias(level)
  return [
    ...equalities(relationship.nearColumns, [above, junction]),
    ...equalities(relationship.farColumns, [level.alias, junction]),
  ]
}

function equalities(pairs: readonly ColumnPair[], [left, right]: readonly [string, string]): readonly Sql[] {
  return pairs.map(([near, far]) => sql`${ident(right, far)} = ${ident(left, near)}`)
}

/** Joined once for each row above: as one row, or as one JSON array under the name of the join. */
function compileJoin(embed: Embed, above: string): Sql {
  const rows = compileLevel(embed.level, { embed, above })
  const alias = ident(embed.alias)
  const isInner = embed.join === 'inner'
  const kind = isInner ? raw('inner') : raw('left')
  if (embed.isToOne) return sql` ${kind} join lateral (${rows}) as ${alias} on true`
  const list = sql`select ${compileLists(embed)} from (${rows}) as ${alias}`
  const on = isInner ? sql`${ident(embed.alias, embed.alias)} is not null` : raw('true')
  return sql` ${kind} join lateral (${list}) as ${alias} on ${on}`
}

/** Under the name of the join stands what is null where there are no rows. */
function compileLists(embed: Embed): Sql {
  const alias = ident(embed.alias)
  if (!embed.isSpread) return sql`json_agg(${alias}) as ${alias}`
  const lists = embed.spread.map(
    ({ name }) => sql`coalesce(json_agg(${ident(embed.alias, name)}), '[]') as ${ident(name)}`,
  )
  return join([sql`nullif(count(*), 0) as ${alias}`, ...lists], comma)
}

/** Part of a select list, and whether it tells groups apart. */
interface ListItem {
  readonly value: Sql
  readonly isAggregate: boolean
}

function compileSelectList(level: Level, hanging: Hanging | undefined): Sql {
  if (level.fields.length === 0 && level.embeds.length === 0) return sql`${ident(level.alias)}.*`
  const items = listItems(level)
  // Rows of a level that shows nothing must still differ from no rows.
  if (items.length === 0 && hanging !== undefined) return raw('1')
  return join(
    items.map(({ value }) => value),
    comma,
  )
}

function listItems(level: Level): readonly ListItem[] {
  const fields = level.fields.map((field) => ({
    value: compileSelectField(level.alias, field, level.table?.columns.get(field.field.name)?.baseType),
    isAggregate: field.aggregate !== undefined,
  }))
  return [...fields, ...level.embeds.flatMap((embed) => embedItems(embed, level.isGrouped))]
}

/** The columns that an embedded resource adds to the level above. JSON has no equality, so that groups need JSONB. */
function embedItems(embed: Embed, isGrouped: boolean): readonly ListItem[] {
  if (!embed.isShown) return []
  const typed = (value: Sql): Sql => (isGrouped ? sql`(${value})::jsonb` : value)
  if (!embed.isSpread) {
    const rows = embed.isToOne
      ? sql`row_to_json(${ident(embed.alias)}.*)`
      : sql`coalesce(${ident(embed.alias, embed.alias)}, '[]')`
    return [{ value: sql`${typed(rows)} as ${ident(embed.name)}`, isAggregate: false }]
  }
  return embed.spread.map((column) => spreadItem(embed, column, isGrouped && column.isJson))
}

function spreadItem(embed: Embed, column: SpreadColumn, asJsonb: boolean): ListItem {
  if (column.name === '*') return { value: sql`${ident(embed.alias)}.*`, isAggregate: false }
  const plain = ident(embed.alias, column.name)
  const value = aggregated(asJsonb ? sql`${plain}::jsonb` : plain, column)
  const isNamed = column.name === column.alias && column.aggregate === undefined && !asJsonb
  return {
    value: isNamed ? value : sql`${value} as ${ident(column.alias)}`,
    isAggregate: column.aggregate !== undefined,
  }
}

/** By place in the select list: a name could mean a column that is not in it. */
function compileGroups(level: Level): Sql {
  if (!level.isGrouped) return empty
  const places = listItems(level).flatMap(({ isAggregate }, index) =>
    isAggregate ? [] : [raw(String(index + 1))],
  )
  return places.length === 0 ? empty : sql` group by ${join(places, comma)}`
}

function compileOrder(level: Level): Sql {
  if (level.order.length === 0) return empty
  return sql` order by ${join(
    level.order.map((term) => compileTerm(level, term)),
    comma,
  )}`
}

const directions = { asc: raw(' asc'), desc: raw(' desc') } as const
const nullOrders = { first: raw(' nulls first'), last: raw(' nulls last') } as const

function compileTerm(level: Level, term: ResolvedOrder): Sql {
  const value = compileField(term.embed?.alias ?? level.alias, term.field)
  const direction = term.direction === undefined ? empty : directions[term.direction]
  const nulls = term.nulls === undefined ? empty : nullOrders[term.nulls]
  return sql`${value}${direction}${nulls}`
}

function compileBounds(level: Level): Sql {
  const limit = level.limit === undefined ? empty : sql` limit ${compileBound(level.limit)}`
  const offset = level.offset === undefined ? empty : sql` offset ${slot(level.offset)}`
  return sql`${limit}${offset}`
}

function compileBound(bound: Bound): Sql {
  return bound.kind === 'slot' ? slot(bound.slot) : raw(String(bound.rows))
}

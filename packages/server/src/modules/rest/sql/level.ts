/** One level of the answer as a select, with its embedded levels joined to it, each for the row at hand. */
import type { ColumnPair, JunctionRelationship } from '../../../db/catalog/index.ts'
import { ident, join, raw, slot, sql, type Sql } from '../../../db/index.ts'
import type { Bound, Embed, Level, ResolvedOrder } from '../plan/plan.ts'
import { compileConditions, compileWhere } from './condition.ts'
import { compileField, compileSelectField, outputName } from './field.ts'
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
  return sql`select ${list} from ${from}${joins}${where}${compileOrder(level)}${compileBounds(level)}`
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
  const rows = level.from === undefined ? sourceName : ident(level.from.schema, level.from.name)
  const from = sql`${rows} as ${ident(level.alias)}`
  const relationship = hanging?.embed.relationship
  if (relationship?.kind !== 'many-to-many') return from
  const { junction } = relationship
  return sql`${from}, ${ident(junction.schema, junction.name)} as ${ident(junctionAlias(level))}`
}

function junctionAlias(level: Level): string {
  return `plinth_junction_${level.alias}`.slice(0, 60)
}

function joinConditions(level: Level, hanging: Hanging | undefined): readonly Sql[] {
  if (hanging === undefined) return []
  const { embed, above } = hanging
  const { relationship } = embed
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
  const list = sql`select json_agg(${alias}) as ${alias} from (${rows}) as ${alias}`
  const on = isInner ? sql`${ident(embed.alias, embed.alias)} is not null` : raw('true')
  return sql` ${kind} join lateral (${list}) as ${alias} on ${on}`
}

function compileSelectList(level: Level, hanging: Hanging | undefined): Sql {
  const all = sql`${ident(level.alias)}.*`
  if (level.fields.length === 0 && level.embeds.length === 0) return all
  const fields = level.fields.map((field) =>
    compileSelectField(level.alias, field, level.table?.columns.get(field.field.name)?.baseType),
  )
  const items = [...fields, ...level.embeds.flatMap(compileEmbedItems)]
  // Rows of a level that shows nothing must still differ from no rows.
  return items.length === 0 && hanging !== undefined ? raw('1') : join(items, comma)
}

/** The columns that an embedded resource adds to the level above. */
function compileEmbedItems(embed: Embed): readonly Sql[] {
  if (!embed.isShown) return []
  const alias = ident(embed.alias)
  if (embed.isSpread) return spreadNames(embed.level).map((name) => spreadColumn(embed, name))
  if (embed.isToOne) return [sql`row_to_json(${alias}.*) as ${ident(embed.name)}`]
  return [sql`coalesce(${ident(embed.alias, embed.alias)}, '[]') as ${ident(embed.name)}`]
}

function spreadColumn(embed: Embed, name: string): Sql {
  return name === '*' ? sql`${ident(embed.alias)}.*` : ident(embed.alias, name)
}

function spreadNames(level: Level): readonly string[] {
  const below = level.embeds
    .filter((embed) => embed.isShown)
    .flatMap((embed) => (embed.isSpread ? spreadNames(embed.level) : [embed.name]))
  return [...level.fields.map(outputName), ...below]
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

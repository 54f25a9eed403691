/** Writes the same question as SQL, the plainest way: subqueries that stand where their answer is needed. */
import { escapeIdentifier, escapeLiteral } from 'pg'
import {
  columnsOf,
  findTable,
  isToOne,
  type Condition,
  type Database,
  type Embed,
  type Level,
  type Operator,
  type OrderTerm,
  type Question,
  type Relation,
} from './model.ts'

export const schema = 'public'

export interface Reference {
  /** One value: the list of rows, as JSON. */
  readonly rows: string
  /** One value: how many rows there are without limit and offset. */
  readonly count: string
}

export function writeSql(database: Database, { level }: Question): Reference {
  const writer = new Writer(database)
  return {
    rows: writer.list(level, undefined),
    count: `select count(*) from (${writer.rows({ ...level, limit: undefined, offset: undefined }, undefined)}) as counted`,
  }
}

/** How a level hangs on the one above. */
interface Link {
  readonly relation: Relation
  readonly above: string
}

class Writer {
  readonly #database: Database
  #names = 0

  constructor(database: Database) {
    this.#database = database
  }

  list(level: Level, link: Link | undefined): string {
    return `select coalesce(json_agg(listed), '[]') from (${this.rows(level, link)}) as listed`
  }

  rows(level: Level, link: Link | undefined): string {
    this.#names += 1
    const own = `t${this.#names}`
    const conditions = [
      ...(link === undefined ? [] : [linked(link, own)]),
      ...level.embeds.filter(({ isInner }) => isInner).map((embed) => this.#hasRows(embed, own)),
      ...level.conditions.map((condition) => this.#condition(condition, level, own)),
    ]
    return [
      `select ${this.#columns(level, own)} from ${tableName(level.table)} as ${own}`,
      conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`,
      `order by ${level.order.map((term) => this.#order(term, level, own)).join(', ')}`,
      level.limit === undefined ? '' : `limit ${level.limit}`,
      level.offset === undefined ? '' : `offset ${level.offset}`,
    ].join(' ')
  }

  #columns(level: Level, own: string): string {
    const items =
      level.items === 'all'
        ? columnsOf(findTable(this.#database, level.table)).map(
            ({ name }) => `${own}.${escapeIdentifier(name)}`,
          )
        : level.items.map(({ column, path, isText, cast, alias }) => {
            const field = fieldOf(own, { column, path, isText })
            return `${cast === undefined ? field : `${field}::${cast}`} as ${escapeIdentifier(alias ?? column)}`
          })
    const embeds = level.embeds.map((embed) => `(${this.#embedded(embed, own)}) as ${embed.alias}`)
    return [...items, ...embeds].join(', ')
  }

  #embedded({ relation, level }: Embed, above: string): string {
    const link = { relation, above }
    if (!isToOne(relation)) return this.list(level, link)
    return `select row_to_json(found) from (${this.rows(level, link)}) as found`
  }

  #hasRows({ relation, level }: Embed, above: string): string {
    return `exists (${this.rows(level, { relation, above })})`
  }

  #order({ alias, column, direction, nulls }: OrderTerm, level: Level, own: string): string {
    const field =
      alias === undefined
        ? fieldOf(own, { column, path: [], isText: false })
        : `(${this.#far(alias, column, { level, own })})`
    return `${field} ${direction ?? ''} ${nulls === undefined ? '' : `nulls ${nulls}`}`
  }

  /** A column of the one row of an embedded level. */
  #far(alias: string, column: string, { level, own }: { level: Level; own: string }): string {
    const { relation, level: below } = embedOf(level, alias)
    const item = { column, path: [], isText: false, alias: undefined, cast: undefined }
    // The filters of that level hold; what it shows does not matter.
    const inner = this.rows({ ...below, items: [item], embeds: below.embeds }, { relation, above: own })
    return `select found.${escapeIdentifier(column)} from (${inner}) as found`
  }

  #condition(condition: Condition, level: Level, own: string): string {
    const not = condition.isNegated ? 'not ' : ''
    switch (condition.kind) {
      case 'group': {
        const members = condition.conditions.map((member) => this.#condition(member, level, own))
        return `${not}(${members.join(` ${condition.operator} `)})`
      }
      case 'embedded': {
        const found = this.#hasRows(embedOf(level, condition.alias), own)
        return condition.isNegated ? found : `not ${found}`
      }
      case 'test':
        return `${not}(${test(condition, own)})`
    }
  }
}

function embedOf({ embeds }: Level, alias: string): Embed {
  const found = embeds.find((embed) => embed.alias === alias)
  if (found === undefined) throw new Error(`no level ${alias}`)
  return found
}

function tableName(name: string): string {
  return `${schema}.${escapeIdentifier(name)}`
}

function linked({ relation, above }: Link, own: string): string {
  switch (relation.kind) {
    case 'to-one':
      return `${own}.id = ${above}.${escapeIdentifier(relation.key.column)}`
    case 'to-many':
      return `${own}.${escapeIdentifier(relation.key.column)} = ${above}.id`
    case 'through': {
      const { junction, near, far } = relation
      const keys = `junction.${escapeIdentifier(near.column)} = ${above}.id and junction.${escapeIdentifier(far.column)} = ${own}.id`
      return `exists (select from ${tableName(junction)} as junction where ${keys})`
    }
  }
}

function fieldOf(own: string, field: { column: string; path: readonly string[]; isText: boolean }): string {
  const steps = field.path.map((step, index) => {
    const arrow = field.isText && index === field.path.length - 1 ? '->>' : '->'
    return `${arrow} ${/^-?\d+$/.test(step) ? step : escapeLiteral(step)}`
  })
  const column = `${own}.${escapeIdentifier(field.column)}`
  return steps.length === 0 ? column : `(${column} ${steps.join(' ')})`
}

const signs: Readonly<Partial<Record<Operator, string>>> = {
  eq: '=',
  neq: '<>',
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
  like: 'like',
  ilike: 'ilike',
  match: '~',
  imatch: '~*',
  isdistinct: 'is distinct from',
  cs: '@>',
  cd: '<@',
  ov: '&&',
  sl: '<<',
  sr: '>>',
  nxr: '&<',
  nxl: '&>',
  adj: '-|-',
}

function test(
  { column, path, operator, quantifier, values }: Extract<Condition, { kind: 'test' }>,
  own: string,
): string {
  const field = fieldOf(own, { column, path, isText: true })
  const read = values.map((value) => (operator.endsWith('like') ? value.replaceAll('*', '%') : value))
  const [first = ''] = read
  if (operator === 'is') return `${field} is ${first.replace('_', ' ')}`
  if (operator === 'in') return `${field} in (${read.map(escapeLiteral).join(', ')})`
  if (operator === 'plfts')
    return `to_tsvector('simple', ${field}) @@ plainto_tsquery('simple', ${escapeLiteral(first)})`
  const sign = signs[operator] ?? operator
  if (quantifier === undefined) return `${field} ${sign} ${escapeLiteral(first)}`
  const joined = read.map((value) => `${field} ${sign} ${escapeLiteral(value)}`)
  return joined.join(quantifier === 'any' ? ' or ' : ' and ')
}

/** Generates questions to a database: wishes in numbers, which any database can turn into names. So both shrink well. */
import fc from 'fast-check'
import { pools } from './generate-database.ts'
import {
  columnsOf,
  findTable,
  isToOne,
  relationsOf,
  targetOf,
  type Caller,
  type Column,
  type Condition,
  type Database,
  type Embed,
  type Item,
  type Level,
  type Operator,
  type OrderTerm,
  type Question,
} from './model.ts'

interface TestWish {
  readonly column: number
  readonly operator: number
  readonly isNegated: boolean
  readonly quantifier: number
  readonly values: readonly number[]
  /** In place of a column: whether an embedded level is there. */
  readonly embedded: number
}

interface GroupWish {
  readonly isOr: boolean
  readonly isNegated: boolean
  readonly conditions: readonly (TestWish | GroupWish)[]
}

interface LevelWish {
  readonly items: readonly { column: number; hasAlias: boolean; isText: boolean; path: number }[]
  readonly conditions: readonly (TestWish | GroupWish)[]
  readonly order: readonly { column: number; direction: number; nulls: number; embedded: number }[]
  readonly limit: number | undefined
  readonly offset: number | undefined
  readonly embeds: readonly { relation: number; isInner: boolean; level: LevelWish }[]
}

export interface QuestionWish {
  readonly table: number
  readonly caller: Caller
  readonly isCounted: boolean
  readonly level: LevelWish
}

const testWish: fc.Arbitrary<TestWish> = fc.record({
  column: fc.nat(20),
  operator: fc.nat(60),
  isNegated: fc.boolean(),
  quantifier: fc.nat(3),
  values: fc.array(fc.nat(30), { minLength: 1, maxLength: 3 }),
  embedded: fc.nat(7),
})

const conditionWish: fc.Arbitrary<TestWish | GroupWish> = fc.oneof(
  { weight: 3, arbitrary: testWish },
  { weight: 1, arbitrary: groupWish(fc.oneof(testWish, groupWish(testWish))) },
)

function groupWish(member: fc.Arbitrary<TestWish | GroupWish>): fc.Arbitrary<GroupWish> {
  const conditions = fc.array(member, { minLength: 1, maxLength: 3 })
  return fc.record({ isOr: fc.boolean(), isNegated: fc.boolean(), conditions })
}

function levelWish(depth: number): fc.Arbitrary<LevelWish> {
  const embeds: fc.Arbitrary<LevelWish['embeds']> =
    depth === 0
      ? fc.constant([])
      : fc.array(
          fc.record({
            relation: fc.nat(20),
            isInner: fc.nat(2).map((third) => third === 2),
            level: levelWish(depth - 1),
          }),
          {
            maxLength: 2,
          },
        )
  return fc.record({
    items: fc.array(
      fc.record({
        column: fc.nat(20),
        hasAlias: fc.boolean(),
        isText: fc.boolean(),
        path: fc.nat(5),
      }),
      { maxLength: 3 },
    ),
    conditions: fc.oneof(fc.constant([]), fc.array(conditionWish, { maxLength: 2 })),
    order: fc.array(
      fc.record({ column: fc.nat(20), direction: fc.nat(2), nulls: fc.nat(2), embedded: fc.nat(5) }),
      { maxLength: 2 },
    ),
    limit: fc.option(fc.nat(6), { nil: undefined, freq: 2 }),
    offset: fc.option(fc.nat(2), { nil: undefined, freq: 2 }),
    embeds,
  })
}

export const anyQuestion: fc.Arbitrary<QuestionWish> = fc.record({
  table: fc.nat(3),
  caller: fc.constantFrom<Caller[]>('service_role', 'user 1', 'user 2', 'anon'),
  isCounted: fc.boolean(),
  level: levelWish(3),
})

/** The question that a wish is to a database. */
export function questionTo(database: Database, wish: QuestionWish): Question {
  const { caller, isCounted } = wish
  const table = at(database.tables, wish.table)
  const level = levelOf(database, table.name, wish.level)
  // A count sees embedded levels without their limits: which rows there are must not depend on these.
  return {
    caller,
    isCounted,
    level: isCounted ? { ...level, embeds: level.embeds.map(withoutLimits) } : level,
  }
}

function withoutLimits(embed: Embed): Embed {
  const { level } = embed
  const embeds = level.embeds.map(withoutLimits)
  return Object.assign({}, embed, { level: { ...level, embeds, limit: undefined, offset: undefined } })
}

function at<T>(list: readonly T[], index: number): T {
  const place = index % list.length
  for (const [position, item] of list.entries()) if (position === place) return item
  throw new Error('there is nothing to choose from')
}

function levelOf(database: Database, name: string, wish: LevelWish): Level {
  const table = findTable(database, name)
  const columns = columnsOf(table)
  const relations = relationsOf(database, table)
  const embeds = (relations.length === 0 ? [] : wish.embeds).map(
    ({ relation: pick, isInner, level }, index): Embed => {
      const relation = at(relations, pick)
      return { relation, alias: `e${index}`, isInner, level: levelOf(database, targetOf(relation), level) }
    },
  )
  const items = wish.items.map((item, index) => itemOf(columns, item, index))
  return {
    table: name,
    items: items.length === 0 ? 'all' : items.filter((item, index) => isFirst(items, item, index)),
    embeds,
    conditions: wish.conditions.map((condition) => conditionOf(condition, columns, embeds)),
    order: orderOf(wish, columns, embeds),
    limit: wish.limit,
    offset: wish.offset,
  }
}

function itemOf(columns: readonly Column[], wish: LevelWish['items'][number], index: number): Item {
  const { name, type } = at(columns, wish.column)
  const path = type === 'jsonb' ? at(paths, wish.path) : []
  // What a JSON path is called without an alias is not what is tested here.
  const alias = wish.hasAlias || path.length > 0 ? `c${index}` : undefined
  const isText = wish.isText && path.length > 0
  // As in PostgREST, an index that ends an embedded list is taken for a key, unless a cast follows.
  const endsWithIndex = /^-?\d+$/.test(path.at(-1) ?? '')
  const hasCast = endsWithIndex || (wish.isText && path.length === 0)
  return { column: name, path, isText, alias, cast: hasCast ? 'text' : undefined }
}

const paths: readonly (readonly string[])[] = [[], ['a'], ['a', 'c'], ['b'], ['0'], ['a', 'c', '-1']]

function isFirst(items: readonly Item[], item: Item, index: number): boolean {
  const nameOf = ({ alias, column }: Item): string => alias ?? column
  return items.findIndex((other) => nameOf(other) === nameOf(item)) === index
}

function orderOf(
  wish: LevelWish,
  columns: readonly Column[],
  embeds: readonly Embed[],
): readonly OrderTerm[] {
  const terms = wish.order.map(({ column, direction, nulls, embedded }): OrderTerm => {
    const manner = {
      direction: at([undefined, 'asc', 'desc'] as const, direction),
      nulls: at([undefined, 'first', 'last'] as const, nulls),
    }
    const embed = embeds[embedded]
    const shown = embed === undefined || !isToOne(embed.relation) ? undefined : plainItem(embed.level)
    if (embed !== undefined && shown !== undefined) return { alias: embed.alias, column: shown, ...manner }
    return { alias: undefined, column: at(columns, column).name, ...manner }
  })
  return [...terms, { alias: undefined, column: 'id', direction: undefined, nulls: undefined }]
}

/** A column by which the level above can order: of another table, only those that are shown. */
function plainItem({ items }: Level): string | undefined {
  if (items === 'all') return 'id'
  return items.find(({ alias, cast }) => alias === undefined && cast === undefined)?.column
}

function conditionOf(
  wish: TestWish | GroupWish,
  columns: readonly Column[],
  embeds: readonly Embed[],
): Condition {
  if ('conditions' in wish) {
    const conditions = wish.conditions.map((inner) => conditionOf(inner, columns, embeds))
    return { kind: 'group', operator: wish.isOr ? 'or' : 'and', isNegated: wish.isNegated, conditions }
  }
  const embed = embeds[wish.embedded]
  if (embed !== undefined) return { kind: 'embedded', alias: embed.alias, isNegated: wish.isNegated }
  return testOf(wish, at(columns, wish.column))
}

const equality = ['eq', 'neq', 'in', 'isdistinct', 'is'] as const
const comparison = [...equality, 'gt', 'gte', 'lt', 'lte'] as const
const operatorsOf: Readonly<Record<Column['type'], readonly Operator[]>> = {
  integer: comparison,
  numeric: comparison,
  date: comparison,
  uuid: equality,
  boolean: equality,
  text: [...comparison, 'like', 'ilike', 'match', 'imatch', 'plfts'],
  'integer[]': ['eq', 'neq', 'cs', 'cd', 'ov', 'is'],
  'text[]': ['eq', 'cs', 'cd', 'ov', 'isdistinct'],
  int4range: ['eq', 'cs', 'cd', 'ov', 'sl', 'sr', 'nxr', 'nxl', 'adj', 'is'],
  jsonb: ['eq', 'cs', 'cd', 'is', 'neq'],
}
const patterns = ['a*', '*b*', '_b%', '*', 'A_C', '50\\%*']
const expressions = ['^a', 'b$', '.', '[A-Z]+', '\\d']
const quantified: ReadonlySet<Operator> = new Set<Operator>([
  'eq',
  'gt',
  'gte',
  'lt',
  'lte',
  'like',
  'ilike',
  'match',
  'imatch',
])

function testOf(wish: TestWish, { name, type }: Column): Condition {
  const isJsonText = type === 'jsonb' && wish.quantifier === 1
  const path = isJsonText ? at(paths.slice(1), wish.column) : []
  const known = isJsonText ? 'text' : type
  const operator = at(operatorsOf[known], wish.operator)
  const isArray = known.endsWith('[]') || known === 'int4range' || known === 'jsonb'
  const quantifier =
    quantified.has(operator) && !isArray
      ? at([undefined, undefined, 'any', 'all'] as const, wish.quantifier)
      : undefined
  const pool = poolOf(operator, known)
  const values = wish.values.map((pick) => at(pool, pick))
  const isList = operator === 'in' || quantifier !== undefined
  return {
    kind: 'test',
    column: name,
    path,
    operator,
    quantifier,
    isNegated: wish.isNegated,
    values: isList ? values : values.slice(0, 1),
  }
}

function poolOf(operator: Operator, type: Column['type']): readonly string[] {
  if (operator === 'is')
    return type === 'boolean' ? ['null', 'not_null', 'true', 'false', 'unknown'] : ['null', 'not_null']
  if (operator === 'like' || operator === 'ilike') return patterns
  if (operator === 'match' || operator === 'imatch') return expressions
  // A list of one empty text is how an empty list is written.
  if (operator === 'in') return pools[type].filter((value) => value !== '')
  return pools[type]
}

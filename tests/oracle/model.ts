/** What the oracle is about: a small database, and a question to it, as plain data that a JSON file can hold. */

export const columnTypes = [
  'integer',
  'text',
  'boolean',
  'numeric',
  'date',
  'integer[]',
  'text[]',
  'int4range',
  'jsonb',
] as const
export type ColumnType = (typeof columnTypes)[number]

export interface Column {
  readonly name: string
  readonly type: ColumnType | 'uuid'
}

/** A column of its own that refers to the `id` of another table, or of this one. */
export interface ForeignKey {
  readonly name: string
  readonly column: string
  readonly target: string
  /** Makes it one-to-one. */
  readonly isUnique: boolean
}

/** Beside its columns, every table has `id integer primary key`, and the columns of its foreign keys. */
export interface Table {
  readonly name: string
  readonly columns: readonly Column[]
  readonly keys: readonly ForeignKey[]
  /** With row-level security it has `owner uuid`, and only the owner sees a row. */
  readonly isOwned: boolean
  /** Its first two keys are its primary key (`id` is only unique), so that it connects their targets. */
  readonly isJunction: boolean
  /** Values by column, as PostgreSQL reads them. */
  readonly rows: readonly Readonly<Record<string, string | null>>[]
}

export interface Database {
  readonly tables: readonly Table[]
}

/** How a level gets to an embedded one: by a foreign key of its own, by one to it, or through a table with both. */
export type Relation =
  | { readonly kind: 'to-one'; readonly key: ForeignKey; readonly from: string }
  | { readonly kind: 'to-many'; readonly key: ForeignKey; readonly from: string }
  | {
      readonly kind: 'through'
      readonly junction: string
      readonly near: ForeignKey
      readonly far: ForeignKey
    }

export interface Item {
  readonly column: string
  /** Into JSON; the last step gives text where `isText`. */
  readonly path: readonly string[]
  readonly isText: boolean
  readonly alias: string | undefined
  readonly cast: 'text' | undefined
}

export interface Embed {
  readonly relation: Relation
  readonly alias: string
  readonly isInner: boolean
  readonly level: Level
}

export type Condition =
  | {
      readonly kind: 'group'
      readonly operator: 'and' | 'or'
      readonly isNegated: boolean
      readonly conditions: readonly Condition[]
    }
  | {
      readonly kind: 'test'
      readonly column: string
      readonly path: readonly string[]
      readonly operator: Operator
      readonly quantifier: 'any' | 'all' | undefined
      readonly isNegated: boolean
      /** One; for `in` and quantifiers any number. */
      readonly values: readonly string[]
    }
  /** Whether an embedded level has rows. */
  | { readonly kind: 'embedded'; readonly alias: string; readonly isNegated: boolean }

export const operators = [
  'eq',
  'neq',
  'gt',
  'gte',
  'lt',
  'lte',
  'like',
  'ilike',
  'match',
  'imatch',
  'in',
  'is',
  'isdistinct',
  'cs',
  'cd',
  'ov',
  'sl',
  'sr',
  'nxr',
  'nxl',
  'adj',
  'plfts',
] as const
export type Operator = (typeof operators)[number]

export interface OrderTerm {
  /** A to-one embedded level whose column it is. */
  readonly alias: string | undefined
  readonly column: string
  readonly direction: 'asc' | 'desc' | undefined
  readonly nulls: 'first' | 'last' | undefined
}

export interface Level {
  readonly table: string
  /** Nothing: only the embedded levels. */
  readonly items: readonly Item[] | 'all'
  readonly embeds: readonly Embed[]
  readonly conditions: readonly Condition[]
  /** Ends with `id`, so that it is total. */
  readonly order: readonly OrderTerm[]
  readonly limit: number | undefined
  readonly offset: number | undefined
}

export type Caller = 'anon' | 'service_role' | 'user 1' | 'user 2'

export interface Question {
  readonly caller: Caller
  readonly level: Level
  readonly isCounted: boolean
}

export interface Case {
  readonly database: Database
  readonly question: Question
}

export const userIds: Readonly<Record<Caller, string | undefined>> = {
  anon: undefined,
  service_role: undefined,
  'user 1': '00000000-0000-4000-8000-000000000001',
  'user 2': '00000000-0000-4000-8000-000000000002',
}

export function findTable({ tables }: Database, name: string): Table {
  const found = tables.find((table) => table.name === name)
  if (found === undefined) throw new Error(`no table ${name}`)
  return found
}

/** All columns in the order of the table. */
export function columnsOf(table: Table): readonly Column[] {
  return [
    { name: 'id', type: 'integer' },
    ...table.columns,
    ...table.keys.map(({ column }): Column => ({ name: column, type: 'integer' })),
    ...(table.isOwned ? [{ name: 'owner', type: 'uuid' } as const] : []),
  ]
}

/** Every way from a table to another. */
export function relationsOf(database: Database, table: Table): readonly Relation[] {
  const own = table.keys.map((key): Relation => ({ kind: 'to-one', key, from: table.name }))
  const toIt = database.tables.flatMap((from) =>
    from.keys
      .filter((key) => key.target === table.name)
      .map((key): Relation => ({ kind: 'to-many', key, from: from.name })),
  )
  return [...own, ...toIt, ...database.tables.flatMap((junction) => through(junction, table))]
}

function through({ name, keys, isJunction }: Table, table: Table): readonly Relation[] {
  const [first, second] = keys
  if (!isJunction || first === undefined || second === undefined) return []
  if (first.target === table.name) return [{ kind: 'through', junction: name, near: first, far: second }]
  if (second.target === table.name) return [{ kind: 'through', junction: name, near: second, far: first }]
  return []
}

/** The table at the far end. */
export function targetOf(relation: Relation): string {
  switch (relation.kind) {
    case 'to-one':
      return relation.key.target
    case 'to-many':
      return relation.from
    case 'through':
      return relation.far.target
  }
}

export function isToOne(relation: Relation): boolean {
  return relation.kind === 'to-one' || (relation.kind === 'to-many' && relation.key.isUnique)
}

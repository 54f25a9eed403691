/**
 * A plan: a wish, resolved against the catalog. Everything is decided here, and the compiler only spells it. Plans hold
 * no values, only the slots for them, so that one plan serves every request of its shape.
 */
import type { Parameter, Qualified, Relationship, Routine, Table } from '../../../db/catalog/index.ts'
import type { Output } from '../request/output.ts'
import type { Aggregate, OrderTerm, SelectField, SlotIndex, Test } from '../request/wish.ts'

export type Plan = ReadPlan | WritePlan | CallPlan

export interface ReadPlan {
  readonly kind: 'read'
  readonly table: Table
  readonly root: Level
  readonly output: Output
  readonly count: CountKind | undefined
  /** False for HEAD: counts and headers only. */
  readonly hasBody: boolean
}

export type CountKind = 'exact' | 'planned' | 'estimated'

export interface WritePlan {
  readonly kind: 'write'
  readonly table: Table
  readonly write: Write
  /** What is read from the rows that were written. */
  readonly root: Level
  readonly output: Output
  readonly returning: 'representation' | 'headers-only' | 'minimal'
  /** Columns that the write must hand on for `root` and for the `Location` header; undefined for all. */
  readonly returned: readonly string[] | undefined
  /** Only the answer tells whether the write may stand. */
  readonly mustCheck: boolean
}

export type Write = InsertWrite | UpdateWrite | DeleteWrite

export interface InsertWrite {
  readonly kind: 'insert'
  readonly columns: readonly BodyColumn[]
  readonly body: BodySource
  readonly conflict: Conflict | undefined
  /** PUT: what the new row must fulfil. */
  readonly where: readonly ResolvedCondition[]
  readonly isPut: boolean
}

export interface Conflict {
  readonly columns: readonly string[]
  readonly resolution: 'merge-duplicates' | 'ignore-duplicates'
}

export interface UpdateWrite {
  readonly kind: 'update'
  readonly columns: readonly BodyColumn[]
  readonly body: BodySource
  readonly where: readonly ResolvedCondition[]
}

export interface DeleteWrite {
  readonly kind: 'delete'
  readonly where: readonly ResolvedCondition[]
}

/** A column, or a parameter of a function, that takes its value from the body. */
export interface BodyColumn {
  readonly name: string
  /** Ready to stand in SQL. */
  readonly type: string
  /** What takes the place of a missing value, as SQL; null for none. */
  readonly default: string | null
  /** Makes the value from its JSON, where the type is read in a way of its own. */
  readonly fromJson?: Qualified | undefined
}

export interface BodySource {
  readonly slot: SlotIndex
  readonly isObject: boolean
  readonly appliesDefaults: boolean
}

export interface CallPlan {
  readonly kind: 'call'
  readonly routine: Routine
  readonly args: CallArguments
  readonly root: Level
  readonly output: Output
  readonly count: CountKind | undefined
  readonly hasBody: boolean
  /** By GET, or of a function that says that it changes nothing. */
  readonly isReadOnly: boolean
  readonly mustCheck: boolean
  /** Columns that `root` needs of the function's rows; undefined for all. */
  readonly returned: readonly string[] | undefined
}

export type CallArguments =
  | { readonly kind: 'none' }
  /** One slot per argument; several for the variadic one. */
  | { readonly kind: 'slots'; readonly slots: readonly ArgumentSlots[] }
  | { readonly kind: 'json'; readonly parameters: readonly Parameter[]; readonly body: BodySource }
  /** The whole body for the one parameter. */
  | { readonly kind: 'whole'; readonly parameter: Parameter; readonly slot: SlotIndex }

export interface ArgumentSlots {
  readonly parameter: Parameter
  readonly slots: readonly SlotIndex[]
}

/** One level of the answer: rows of one table, and what is embedded in them. */
export interface Level {
  /** What the rows are read from; undefined for what a write or a call has made. */
  readonly from: Qualified | undefined
  /** The name that columns of this level are qualified with. */
  readonly alias: string
  /** For types of columns; undefined where the rows are of no known table. */
  readonly table: Table | undefined
  readonly fields: readonly LevelField[]
  /** Some of its columns are aggregates: the others tell its groups apart. */
  readonly isGrouped: boolean
  readonly embeds: readonly Embed[]
  readonly where: readonly ResolvedCondition[]
  readonly order: readonly ResolvedOrder[]
  readonly limit: Bound | undefined
  readonly offset: SlotIndex | undefined
}

export interface LevelField extends SelectField {
  /** A function that writes the value as JSON, for domains that have one. */
  readonly format: Qualified | undefined
  /** Stands for whole rows, to be counted by the level above. */
  readonly isRow: boolean
}

/** A bound from the request, or the server's own. */
export type Bound =
  | { readonly kind: 'slot'; readonly slot: SlotIndex }
  | { readonly kind: 'fixed'; readonly rows: number }

export interface Embed {
  /** The name of the column that it becomes. */
  readonly name: string
  /** What the caller named: a table, a column of the key, a function. */
  readonly target: string
  /** The name of its rows in SQL. */
  readonly alias: string
  readonly relationship: Relationship
  readonly isToOne: boolean
  readonly join: 'inner' | 'left'
  readonly isSpread: boolean
  /** The columns that a spread adds to the level above. */
  readonly spread: readonly SpreadColumn[]
  /** Filters spoke of it by the name of its table, although it has an alias: they should not. */
  readonly isNamedByTarget: boolean
  /** False for `rel()`, which filters but is not shown. */
  readonly isShown: boolean
  readonly level: Level
}

export interface SpreadColumn {
  /** Its name in the embedded rows. */
  readonly name: string
  readonly alias: string
  /** Embedded rows, or a list of values: JSON, which can not tell groups apart. */
  readonly isJson: boolean
  readonly aggregate: Aggregate | undefined
  readonly aggregateCast: string | undefined
}

export type ResolvedCondition =
  | {
      readonly kind: 'and' | 'or'
      readonly isNegated: boolean
      readonly conditions: readonly ResolvedCondition[]
    }
  | {
      readonly kind: 'test'
      readonly field: ResolvedField
      readonly isNegated: boolean
      readonly test: Test
    }
  /** Whether an embedded resource has any row. */
  | { readonly kind: 'embed'; readonly embed: Embed; readonly isPresent: boolean }

export interface ResolvedField {
  readonly name: string
  readonly path: SelectField['field']['path']
  /** undefined for what the catalog does not know: a computed column, or a mistake that PostgreSQL will name. */
  readonly type: string | undefined
  /** A function that reads a text, for domains that have one. */
  readonly parse: Qualified | undefined
}

export interface ResolvedOrder {
  readonly embed: Embed | undefined
  readonly field: ResolvedField
  readonly direction: OrderTerm['direction']
  readonly nulls: OrderTerm['nulls']
}

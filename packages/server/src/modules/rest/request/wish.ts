/**
 * What a caller can say in a URL, in their words: nothing here knows whether a table or column exists. Values are not
 * in it, only the slots that they stand in, so that requests of one shape share a plan.
 */

/** The place of a value in the request's list of values. */
export type SlotIndex = number

/** A column, and the way into its JSON. */
export interface Field {
  readonly name: string
  readonly path: readonly JsonStep[]
}

export interface JsonStep {
  /** `->` gives JSON, `->>` gives text. */
  readonly arrow: '->' | '->>'
  readonly kind: 'key' | 'index'
  /** The key, or the index in digits with its sign. */
  readonly at: string
}

export type SelectItem = SelectField | SelectRelation

export interface SelectField {
  readonly kind: 'field'
  /** Name `*` stands for all columns. */
  readonly field: Field
  readonly alias: string | undefined
  readonly cast: string | undefined
  readonly aggregate: Aggregate | undefined
  readonly aggregateCast: string | undefined
}

export const aggregates = ['sum', 'avg', 'count', 'max', 'min'] as const
export type Aggregate = (typeof aggregates)[number]

export interface SelectRelation {
  readonly kind: 'relation'
  readonly name: string
  readonly alias: string | undefined
  readonly hint: string | undefined
  readonly join: 'inner' | 'left'
  /** `...rel(…)`: its columns become columns of the level above. */
  readonly isSpread: boolean
  readonly items: readonly SelectItem[]
}

export type Condition = Group | Filter

export interface Group {
  readonly kind: 'and' | 'or'
  readonly isNegated: boolean
  readonly conditions: readonly Condition[]
}

export interface Filter {
  readonly kind: 'filter'
  readonly field: Field
  readonly isNegated: boolean
  readonly test: Test
}

export type Test =
  | {
      readonly kind: 'compare'
      readonly operator: CompareOperator
      readonly quantifier: 'any' | 'all' | undefined
      readonly value: SlotIndex
    }
  | { readonly kind: 'relate'; readonly operator: RelateOperator; readonly value: SlotIndex }
  /** The value is an array literal. */
  | { readonly kind: 'in'; readonly values: SlotIndex }
  | { readonly kind: 'is'; readonly state: IsState }
  | { readonly kind: 'distinct'; readonly value: SlotIndex }
  | {
      readonly kind: 'search'
      readonly operator: SearchOperator
      readonly language: string | undefined
      readonly value: SlotIndex
    }

/** Operators that take `(any)` and `(all)`. */
export const compareOperators = ['eq', 'gte', 'gt', 'lte', 'lt', 'like', 'ilike', 'match', 'imatch'] as const
export type CompareOperator = (typeof compareOperators)[number]

export const relateOperators = ['neq', 'cs', 'cd', 'ov', 'sl', 'sr', 'nxr', 'nxl', 'adj'] as const
export type RelateOperator = (typeof relateOperators)[number]

export const searchOperators = ['fts', 'plfts', 'phfts', 'wfts'] as const
export type SearchOperator = (typeof searchOperators)[number]

export const isStates = ['null', 'not_null', 'true', 'false', 'unknown'] as const
export type IsState = (typeof isStates)[number]

export interface OrderTerm {
  /** The embedded to-one resource that `field` is a column of. */
  readonly relation: string | undefined
  readonly field: Field
  readonly direction: 'asc' | 'desc' | undefined
  readonly nulls: 'first' | 'last' | undefined
}

/** The names of embedded resources that lead to the level something is said about; empty for the top. */
export type EmbedPath = readonly string[]

/** Something that is said about one level of the answer. */
export interface AtLevel<T> {
  readonly path: EmbedPath
  readonly value: T
}

/** Everything that the query part of a URL says. */
export interface Query {
  readonly select: readonly SelectItem[]
  readonly conditions: readonly AtLevel<Condition>[]
  readonly orders: readonly AtLevel<readonly OrderTerm[]>[]
  /** Limits and offsets of embedded levels; those of the top are in `Range`. */
  readonly limits: readonly AtLevel<SlotIndex>[]
  readonly offsets: readonly AtLevel<SlotIndex>[]
  readonly columns: readonly string[] | undefined
  readonly onConflict: readonly string[] | undefined
  /** Parameters without operator: arguments of a function that is called by GET. */
  readonly args: readonly Argument[]
}

export interface Argument {
  readonly name: string
  readonly value: SlotIndex
}

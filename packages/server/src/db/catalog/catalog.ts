/**
 * The catalog: what is in the database's exposed schemas, as one immutable value. It is replaced as a whole when the
 * database changes; a request keeps the one that it started with.
 */

import type { MediaHandlers } from './media-handlers.ts'

export interface Catalog {
  /** Different for each catalog that was loaded. */
  readonly version: number
  readonly schemas: ReadonlyMap<string, Schema>
  /** Settings to apply to each request of a role (`alter role … set …`), by the role's name. */
  readonly roleSettings: ReadonlyMap<string, readonly (readonly [name: string, value: string])[]>
  /** The isolation level of a role's transactions, where it has one of its own. */
  readonly roleIsolation: ReadonlyMap<string, string>
  readonly mediaHandlers: MediaHandlers
}

export interface Schema {
  readonly name: string
  readonly tables: ReadonlyMap<string, Table>
  /** Functions by name; overloads stand together, those with fewest parameters first. */
  readonly functions: ReadonlyMap<string, readonly Routine[]>
}

/** A name and the schema that it is in. */
export interface Qualified {
  readonly schema: string
  readonly name: string
}

/** A table, or what can be read like one: a view, a materialised view, a foreign table, a partitioned table. */
export interface Table extends Qualified {
  readonly isView: boolean
  readonly comment: string | null
  /** In the order of the table's definition. */
  readonly columns: ReadonlyMap<string, Column>
  /** Columns of the primary key, sorted by name; of a view those that show one; empty where there is none. */
  readonly primaryKey: readonly string[]
  readonly isInsertable: boolean
  readonly isUpdatable: boolean
  readonly isDeletable: boolean
  readonly relationships: readonly Relationship[]
}

export interface Column {
  readonly name: string
  /** As `format_type` writes it, with its modifiers, ready to stand in SQL: `character varying(20)`, `public.color`. */
  readonly type: string
  /** The same without modifiers, and the base type where `type` is a domain over a built-in one. */
  readonly baseType: string
  readonly isNullable: boolean
  /** The default as an SQL expression; null where there is none. */
  readonly default: string | null
  /** `always` and `by default` identity columns. */
  readonly identity: 'always' | 'default' | null
  readonly isGenerated: boolean
  readonly comment: string | null
  /** What a column of an enumerated type can be; empty for others. */
  readonly enumValues: readonly string[]
  /** Only for columns of a domain that has casts of its own. */
  readonly representation?: Representation
}

/** Functions behind the implicit casts of a domain: how its values are written, and how they are read. */
export interface Representation {
  readonly toJson?: Qualified
  readonly fromJson?: Qualified
  readonly toText?: Qualified
  readonly fromText?: Qualified
}

/** A way from one table to another. `columns` pairs columns of the near table with those of the far one. */
export type Relationship = DirectRelationship | JunctionRelationship | ComputedRelationship

export interface DirectRelationship {
  readonly kind: 'many-to-one' | 'one-to-many' | 'one-to-one'
  readonly constraint: string
  readonly near: Qualified
  readonly far: Qualified
  readonly columns: readonly ColumnPair[]
}

export interface JunctionRelationship {
  readonly kind: 'many-to-many'
  readonly near: Qualified
  readonly far: Qualified
  readonly junction: Qualified
  readonly nearConstraint: string
  readonly farConstraint: string
  /** Pairs of a near column and the junction's column. */
  readonly nearColumns: readonly ColumnPair[]
  /** Pairs of a far column and the junction's column. */
  readonly farColumns: readonly ColumnPair[]
}

/** The far rows are what a function gives for a row of the near table. */
export interface ComputedRelationship {
  readonly kind: 'computed'
  readonly function: Qualified
  readonly near: Qualified
  readonly far: Qualified
  readonly isToOne: boolean
}

export type ColumnPair = readonly [near: string, far: string]

/** A function that can be called with named arguments, or with one unnamed one. */
export interface Routine extends Qualified {
  readonly oid: number
  readonly comment: string | null
  readonly parameters: readonly Parameter[]
  readonly returns: ReturnType
  readonly volatility: 'immutable' | 'stable' | 'volatile'
  readonly isVariadic: boolean
  /** `create function … set name = value`. */
  readonly settings: readonly (readonly [name: string, value: string])[]
}

export interface Parameter {
  /** Empty where the parameter has no name. */
  readonly name: string
  /** As `format_type` writes it, ready to stand in SQL. */
  readonly type: string
  /** As it was declared, for people: a type of no length that SQL would take for one of length 1. */
  readonly declaredType: string
  readonly isRequired: boolean
  readonly isVariadic: boolean
}

export interface ReturnType extends Qualified {
  readonly isSet: boolean
  /** Rows with columns, in contrast to plain values. */
  readonly isComposite: boolean
}

export function findTable(catalog: Catalog, at: Qualified): Table | undefined {
  return catalog.schemas.get(at.schema)?.tables.get(at.name)
}

export function findFunctions(catalog: Catalog, at: Qualified): readonly Routine[] {
  return catalog.schemas.get(at.schema)?.functions.get(at.name) ?? []
}

export function returnsVoid(routine: Routine): boolean {
  return !routine.returns.isSet && routine.returns.schema === 'pg_catalog' && routine.returns.name === 'void'
}

/** Reads the rows of `queries.ts`. */
import type { Column, Parameter, Qualified, Representation, Routine, Table } from './catalog.ts'

interface TableRow {
  readonly schema: string
  readonly name: string
  readonly view: boolean
  readonly comment: string | null
  readonly insert: boolean
  readonly update: boolean
  readonly delete: boolean
  readonly key: readonly string[]
  readonly columns: readonly ColumnRow[]
}

interface ColumnRow {
  readonly name: string
  readonly type: string
  readonly base: string
  readonly nullable: boolean
  readonly default: string | null
  readonly identity: '' | 'a' | 'd'
  readonly generated: boolean
  readonly comment: string | null
  readonly enum: readonly string[] | null
  readonly casts: Readonly<Record<keyof Representation, readonly [schema: string, name: string]>> | null
}

interface FunctionRow {
  readonly oid: number
  readonly settings: readonly (readonly [string, string])[]
  readonly schema: string
  readonly name: string
  readonly comment: string | null
  readonly parameters: readonly {
    name: string
    type: string
    declared: string
    required: boolean
    variadic: boolean
  }[]
  readonly volatility: 'i' | 's' | 'v'
  readonly variadic: boolean
  readonly returns: { schema: string; name: string; set: boolean; composite: boolean }
}

interface RoleRow {
  readonly role: string
  readonly settings: readonly (readonly [string, string])[]
}

/** Our own statements have made these texts: their shape is a matter of `queries.ts`, not of input. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names the shape at the place of use
function parse<T>(text: string): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return JSON.parse(text) as T
}

/** A table; its relationships are added once all foreign keys are known. */
export function decodeTable(text: string): Omit<Table, 'relationships'> {
  const row = parse<TableRow>(text)
  return {
    schema: row.schema,
    name: row.name,
    isView: row.view,
    comment: row.comment,
    columns: new Map(row.columns.map((column) => [column.name, decodeColumn(column)])),
    primaryKey: row.key,
    isInsertable: row.insert,
    isUpdatable: row.update,
    isDeletable: row.delete,
  }
}

function decodeColumn(row: ColumnRow): Column {
  return {
    name: row.name,
    type: row.type,
    baseType: row.base,
    isNullable: row.nullable,
    default: row.default,
    identity: row.identity === 'a' ? 'always' : row.identity === 'd' ? 'default' : null,
    isGenerated: row.generated,
    comment: row.comment,
    enumValues: row.enum ?? [],
    ...(row.casts === null ? {} : { representation: decodeCasts(row.casts) }),
  }
}

function decodeCasts(casts: NonNullable<ColumnRow['casts']>): Representation {
  return Object.fromEntries(Object.entries(casts).map(([direction, name]) => [direction, qualified(name)]))
}

function qualified([schema, name]: readonly [string, string]): Qualified {
  return { schema, name }
}

export function decodeFunction(text: string): Routine {
  const row = parse<FunctionRow>(text)
  const { returns } = row
  return {
    oid: row.oid,
    schema: row.schema,
    name: row.name,
    comment: row.comment,
    parameters: row.parameters.map(decodeParameter),
    returns: {
      schema: returns.schema,
      name: returns.name,
      isSet: returns.set,
      isComposite: returns.composite,
    },
    volatility: volatilities[row.volatility],
    isVariadic: row.variadic,
    settings: row.settings,
  }
}

const volatilities = { i: 'immutable', s: 'stable', v: 'volatile' } as const

function decodeParameter(row: FunctionRow['parameters'][number]): Parameter {
  return {
    name: row.name,
    type: row.type,
    declaredType: row.declared,
    isRequired: row.required,
    isVariadic: row.variadic,
  }
}

export function decodeRole(text: string): RoleRow {
  return parse<RoleRow>(text)
}

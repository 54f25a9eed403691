/** Reads the rows of `queries.ts`. */
import type { Column, Parameter, Qualified, Routine, Table } from './catalog.ts'
import type { ForeignKey } from './relationships.ts'

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
}

interface ForeignKeyRow {
  readonly name: string
  readonly from: readonly [schema: string, name: string]
  readonly to: readonly [schema: string, name: string]
  readonly unique: boolean
  readonly columns: readonly (readonly [string, string])[]
}

interface FunctionRow {
  readonly schema: string
  readonly name: string
  readonly comment: string | null
  readonly parameters: readonly { name: string; type: string; required: boolean; variadic: boolean }[]
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
  }
}

export function decodeForeignKey(text: string): ForeignKey {
  const row = parse<ForeignKeyRow>(text)
  return {
    name: row.name,
    from: qualified(row.from),
    to: qualified(row.to),
    columns: row.columns,
    isUnique: row.unique,
  }
}

function qualified([schema, name]: readonly [string, string]): Qualified {
  return { schema, name }
}

export function decodeFunction(text: string): Routine {
  const row = parse<FunctionRow>(text)
  const { returns } = row
  return {
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
  }
}

const volatilities = { i: 'immutable', s: 'stable', v: 'volatile' } as const

function decodeParameter(row: FunctionRow['parameters'][number]): Parameter {
  return { name: row.name, type: row.type, isRequired: row.required, isVariadic: row.variadic }
}

export function decodeRole(text: string): RoleRow {
  return parse<RoleRow>(text)
}

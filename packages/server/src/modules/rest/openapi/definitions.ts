/** The `definitions` part: what rows of each table look like. */
import type { Column, Qualified, Relationship, Table } from '../../../db/catalog/index.ts'
import { openApiType, textOr, typePart, type Part } from './types.ts'

type IsView = (name: Qualified) => boolean

export function tableDefinition(table: Table, isView: IsView): Part {
  const columns = [...table.columns.values()]
  const required = columns.filter((column) => !column.isNullable).map(({ name }) => name)
  return {
    description: textOr(table.comment),
    type: 'object',
    properties: Object.fromEntries(
      columns.map((column) => [column.name, columnProperty(table, column, isView)]),
    ),
    required: required.length === 0 ? undefined : required,
  }
}

function columnProperty(table: Table, column: Column, isView: IsView): Part {
  return {
    ...typePart(column.baseType),
    default: defaultOf(column),
    description: columnDescription(table, column, isView),
    enum: column.enumValues.length === 0 ? undefined : column.enumValues,
    maxLength: maxLengthOf(column.type),
  }
}

/** `character varying(20)` says how long it may be. */
function maxLengthOf(type: string): number | undefined {
  const found = /^(?:character varying|character|bit varying|bit)\((\d+)\)$/.exec(type)
  return found?.[1] === undefined ? undefined : Number(found[1])
}

/** A default that is a plain value; an expression is none. */
function defaultOf({ default: expression, baseType }: Column): unknown {
  if (expression === null) return undefined
  if (openApiType(baseType) !== 'string') return parseJson(expression)
  const cast = `::${baseType}`
  const isLiteral = expression.endsWith(cast)
  const text = isLiteral ? expression.slice(0, -cast.length).replaceAll(/^'+|'+$/g, '') : expression
  return parseJson(`"${text}"`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Tools read keys from marks in the description. */
function columnDescription(table: Table, column: Column, isView: IsView): string | undefined {
  const notes = [
    ...(table.primaryKey.includes(column.name) ? ['This is a Primary Key.<pk/>'] : []),
    ...foreignKeyNote(table, column.name, isView),
  ]
  if (notes.length === 0) return textOr(column.comment)
  const own = column.comment === null ? '' : `${column.comment}\n\n`
  return `${own}Note:\n${notes.join('\n')}`
}

function foreignKeyNote(table: Table, column: string, isView: IsView): readonly string[] {
  const toTablesFirst = table.relationships.toSorted((a, b) => Number(isView(a.far)) - Number(isView(b.far)))
  const [found] = toTablesFirst.flatMap((relationship) => referenceOf(relationship, column))
  if (found === undefined) return []
  const [far, farColumn] = found
  return [`This is a Foreign Key to \`${far}.${farColumn}\`.<fk table='${far}' column='${farColumn}'/>`]
}

/** A key of this one column, seen from the side that holds it. */
function referenceOf(relationship: Relationship, column: string): readonly (readonly [string, string])[] {
  const { kind } = relationship
  if (kind !== 'many-to-one' && kind !== 'one-to-one') return []
  const [pair, second] = relationship.columns
  if (pair === undefined || second !== undefined || pair[0] !== column) return []
  return [[relationship.far.name, pair[1]]]
}

/** The `parameters` part: what can be said in the query, in headers and in the body. */
import type { Column, Parameter, Routine, Table } from '../../../db/catalog/index.ts'
import {
  elementType,
  openApiFormat,
  openApiType,
  textOr,
  typePart,
  type OpenApiType,
  type Part,
} from './types.ts'

const paging = 'Limiting and Pagination'

const shared: Readonly<Record<string, Part>> = {
  preferParams: prefer(),
  preferReturn: prefer('return=representation', 'return=minimal', 'return=none'),
  preferCount: prefer('count=none'),
  preferPost: prefer(
    'return=representation',
    'return=minimal',
    'return=none',
    'resolution=ignore-duplicates',
    'resolution=merge-duplicates',
  ),
  select: inQuery('select', 'Filtering Columns'),
  on_conflict: inQuery('on_conflict', 'On Conflict'),
  order: inQuery('order', 'Ordering'),
  range: { ...inQuery('Range', paging), in: 'header' },
  rangeUnit: { ...inQuery('Range-Unit', paging), in: 'header', default: 'items' },
  offset: inQuery('offset', paging),
  limit: inQuery('limit', paging),
}

function prefer(...words: readonly string[]): Part {
  return {
    name: 'Prefer',
    description: 'Preference',
    required: false,
    in: 'header',
    type: 'string',
    enum: words.length === 0 ? undefined : words,
  }
}

function inQuery(name: string, description: string): Part {
  return { name, description, required: false, in: 'query', type: 'string' }
}

export function parameterDefinitions(tables: readonly Table[]): Part {
  const own = tables.flatMap((table) => [
    [`body.${table.name}`, bodyOf(table)] as const,
    ...[...table.columns.values()].map((column) => [filterName(table, column), filterOf(column)] as const),
  ])
  return { ...shared, ...Object.fromEntries(own) }
}

export function filterName(table: Table, column: Column): string {
  return `rowFilter.${table.name}.${column.name}`
}

function bodyOf({ name }: Table): Part {
  return {
    name,
    description: name,
    required: false,
    in: 'body',
    schema: { $ref: `#/definitions/${name}` },
  }
}

function filterOf({ name, comment }: Column): Part {
  return { name, description: textOr(comment), required: false, in: 'query', type: 'string' }
}

/** Arguments in the query of a GET. */
export function queryArguments({ parameters }: Routine): readonly Part[] {
  return parameters.map((parameter) => ({
    name: parameter.name,
    required: parameter.isRequired,
    in: 'query',
    ...(parameter.isVariadic ? repeated(parameter) : single(parameter)),
  }))
}

function single({ type }: Parameter): Part {
  const found: OpenApiType = openApiType(type) ?? 'string'
  // An array is one text in a query: {a,b}.
  return { type: found === 'array' ? 'string' : found, format: openApiFormat(type) }
}

function repeated({ type }: Parameter): Part {
  const element = elementType(type)
  return {
    type: 'array',
    collectionFormat: 'multi',
    items: { type: openApiType(element), format: openApiFormat(element) },
  }
}

/** Arguments in the body of a POST. */
export function bodyArguments(routine: Routine): readonly Part[] {
  const required = routine.parameters.filter(({ isRequired }) => isRequired).map(({ name }) => name)
  const properties = routine.parameters.map(({ name, type }) => [name, typePart(type)] as const)
  return [
    {
      name: 'args',
      required: true,
      in: 'body',
      schema: {
        description: textOr(routine.comment),
        type: 'object',
        properties: properties.length === 0 ? undefined : Object.fromEntries(properties),
        required: required.length === 0 ? undefined : required,
      },
    },
    { $ref: '#/parameters/preferParams' },
  ]
}

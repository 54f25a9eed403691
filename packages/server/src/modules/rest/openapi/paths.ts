/** The `paths` part: what can be done with each table and function. */
import type { Routine, Table } from '../../../db/catalog/index.ts'
import { bodyArguments, filterName, queryArguments } from './parameters.ts'
import { splitComment, type Part } from './types.ts'

const json = 'application/json'
const objects = ['application/vnd.pgrst.object+json;nulls=stripped', 'application/vnd.pgrst.object+json']

export const rowTypes = [json, ...objects, 'text/csv']

export const rootPath: Part = {
  get: {
    tags: ['Introspection'],
    summary: 'OpenAPI description (this document)',
    produces: ['application/openapi+json', json],
    responses: { 200: { description: 'OK' } },
  },
}

export function tablePath(table: Table): Part {
  const { name } = table
  const { first, rest } = splitComment(table.comment)
  const shared = { tags: [name], summary: first, description: rest }
  const filters = [...table.columns.values()].map((column) => filterName(table, column))
  const operation = (parameters: readonly string[], responses: Part): Part => ({
    ...shared,
    parameters: parameters.map((parameter) => ({ $ref: `#/parameters/${parameter}` })),
    responses,
  })
  const paging = ['select', 'order', 'range', 'rangeUnit', 'offset', 'limit', 'preferCount']
  const rows = { type: 'array', items: { $ref: `#/definitions/${name}` } }
  const get = operation([...filters, ...paging], {
    200: { description: 'OK', schema: rows },
    206: { description: 'Partial Content' },
  })
  if (!table.isInsertable && !table.isUpdatable && !table.isDeletable) return { get }
  const done = { 204: { description: 'No Content' } }
  return {
    get,
    post: operation([`body.${name}`, 'select', 'preferPost'], { 201: { description: 'Created' } }),
    patch: operation([...filters, `body.${name}`, 'preferReturn'], done),
    delete: operation([...filters, 'preferReturn'], done),
  }
}

export function functionPath(routine: Routine): Part {
  const { first, rest } = splitComment(routine.comment)
  const shared = {
    tags: [`(rpc) ${routine.name}`],
    summary: first,
    description: rest,
    produces: [json, ...objects],
    responses: { 200: { description: 'OK' } },
  }
  const post = { ...shared, parameters: bodyArguments(routine) }
  if (routine.volatility === 'volatile') return { post }
  const parameters = queryArguments(routine)
  return { get: { ...shared, parameters: parameters.length === 0 ? undefined : parameters }, post }
}

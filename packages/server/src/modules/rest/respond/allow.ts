/** The answer to OPTIONS: which methods a table or a function takes. */
import type { Routine, Table } from '../../../db/catalog/index.ts'

export function allowForTable(table: Table): Response {
  const methods = ['OPTIONS', 'GET', 'HEAD']
  if (table.isInsertable) methods.push('POST')
  if (table.isInsertable && table.isUpdatable && table.primaryKey.length > 0) methods.push('PUT')
  if (table.isUpdatable) methods.push('PATCH')
  if (table.isDeletable) methods.push('DELETE')
  return allow(methods)
}

export function allowForFunction(routine: Routine): Response {
  const safe = routine.volatility === 'volatile' ? [] : ['GET', 'HEAD']
  return allow(['OPTIONS', ...safe, 'POST'])
}

export function allowForRoot(): Response {
  return allow(['OPTIONS', 'GET', 'HEAD'])
}

function allow(methods: readonly string[]): Response {
  return new Response(null, {
    status: 200,
    headers: {
      allow: methods.join(','),
      'access-control-allow-origin': '*',
      'content-length': '0',
      vary: 'Accept, Prefer, Range',
    },
  })
}

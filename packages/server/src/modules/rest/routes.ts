/** Which handler answers which method and path. */
import { Failure } from '../../kernel/failure.ts'
import type { Call, Route } from '../../kernel/module.ts'
import type { RestContext } from './context.ts'
import { handleAction, handleFunctionOptions, handleTableOptions } from './handler.ts'
import { handleRoot } from './openapi/handle-root.ts'

const everyMethod = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

export function restRoutes(context: RestContext): readonly Route[] {
  return [
    {
      method: everyMethod,
      path: '/',
      access: 'key',
      summary: 'What there is, as an OpenAPI 2.0 document.',
      handle: (call) => handleRoot(call, context),
    },
    {
      method: everyMethod,
      path: '/rpc/:name',
      access: 'key',
      summary: 'Calls a function: arguments in the query of a GET, or in the body of a POST.',
      handle: (call) => handleFunction(call, context),
    },
    {
      method: everyMethod,
      path: '/:table',
      access: 'key',
      summary: 'Reads, inserts, updates, upserts or deletes rows of a table or view.',
      handle: (call) => handleTable(call, context),
    },
    {
      method: everyMethod,
      path: '/*',
      access: 'key',
      summary: 'There is nothing deeper: answers with 404.',
      handle: () => {
        throw new Failure('rest_path_invalid', {})
      },
    },
  ]
}

function handleTable(call: Call, context: RestContext): Promise<Response> | Response {
  const table = call.params['table'] ?? ''
  const { method } = call.request
  switch (method) {
    case 'GET':
    case 'HEAD':
      return handleAction(call, { kind: 'read', table }, context)
    case 'POST':
      return handleAction(call, { kind: 'insert', table }, context)
    case 'PATCH':
      return handleAction(call, { kind: 'update', table }, context)
    case 'PUT':
      return handleAction(call, { kind: 'put', table }, context)
    case 'DELETE':
      return handleAction(call, { kind: 'delete', table }, context)
    case 'OPTIONS':
      return handleTableOptions(call, table, context)
    default:
      throw new Failure('table_method_invalid', { method })
  }
}

function handleFunction(call: Call, context: RestContext): Promise<Response> | Response {
  const name = call.params['name'] ?? ''
  const { method } = call.request
  switch (method) {
    case 'GET':
    case 'HEAD':
      return handleAction(call, { kind: 'call', name, isSafe: true }, context)
    case 'POST':
      return handleAction(call, { kind: 'call', name, isSafe: false }, context)
    case 'OPTIONS':
      return handleFunctionOptions(call, name, context)
    default:
      throw new Failure('call_method_invalid', { method })
  }
}

/** The whole way of a request, top to bottom. Read this file first. */
import { Failure } from '../../kernel/failure.ts'
import type { Call } from '../../kernel/module.ts'
import type { RestContext } from './context.ts'
import { findCalled } from './plan/call-plan.ts'
import { requireTable } from './plan/table.ts'
import { prepare } from './prepare.ts'
import { chooseSchema, parseRequest, type Action } from './request/request.ts'
import { allowForFunction, allowForTable } from './respond/allow.ts'
import { respond } from './respond/respond.ts'
import { runJob } from './session.ts'

/** Reads, writes and calls: they differ in their plans, not in their way. */
export async function handleAction(call: Call, action: Action, context: RestContext): Promise<Response> {
  const request = await parseRequest(call, action, context.settings)
  const catalog = context.catalog.current()
  const prepared = prepare(request, catalog, context)
  const outcome = await runJob({ call, request, prepared, catalog, context })
  const mayEndTx = context.settings.txEnd.endsWith('-allow-override')
  return respond(prepared.plan, { request, outcome, mayEndTx })
}

/** What can be done with a table, without doing it. */
export function handleTableOptions(call: Call, table: string, context: RestContext): Response {
  const schema = chooseSchema(call.request.headers.get('accept-profile'), context.settings.schemas)
  return allowForTable(requireTable(context.catalog.current(), schema, table))
}

export async function handleFunctionOptions(
  call: Call,
  name: string,
  context: RestContext,
): Promise<Response> {
  const action = { kind: 'call', name, isSafe: true } as const
  const request = await parseRequest(call, action, context.settings)
  return allowForFunction(findCalled({ ...request, action }, context.catalog.current()))
}

/** The description of the whole surface is not served yet. */
export function handleRoot(): Response {
  throw new Failure('openapi_disabled', {})
}

/** The whole way of a request, top to bottom. Read this file first. */
import type { Call } from '../../kernel/module.ts'
import type { RestContext } from './context.ts'
import { findCalled } from './plan/call-plan.ts'
import { requireTable } from './plan/table.ts'
import { prepare } from './prepare.ts'
import { jsonOutput } from './request/output.ts'
import { chooseSchema, parseRequest, type Action } from './request/request.ts'
import { allowForFunction, allowForTable } from './respond/allow.ts'
import { respond } from './respond/respond.ts'
import { traced } from './respond/traced.ts'
import { runJob } from './session.ts'
import { Stopwatch } from './stopwatch.ts'

/** Reads, writes and calls: they differ in their plans, not in their way. */
export async function handleAction(call: Call, action: Action, context: RestContext): Promise<Response> {
  const watch = new Stopwatch(call.identifiedMs)
  const request = await parseRequest(call, action, context.settings)
  watch.end('parse')
  const catalog = context.catalog.current()
  const prepared = prepare(request, catalog, context)
  watch.end('plan')
  const outcome = await runJob({ call, request, prepared, catalog, context })
  watch.end('transaction')
  const response = respond(prepared.plan, { request, outcome })
  watch.end('response')
  return finished(response, { call, context, watch })
}

/** What can be done with a table, without doing it. */
export function handleTableOptions(call: Call, table: string, context: RestContext): Response {
  const watch = new Stopwatch(call.identifiedMs)
  const schema = chooseSchema(call.request.headers.get('accept-profile'), context.settings.schemas)
  const response = allowForTable(requireTable(context.catalog.current(), schema, table))
  return finished(response, { call, context, watch })
}

export async function handleFunctionOptions(
  call: Call,
  name: string,
  context: RestContext,
): Promise<Response> {
  const watch = new Stopwatch(call.identifiedMs)
  const action = { kind: 'call', name, isSafe: true } as const
  const words = await parseRequest(call, action, context.settings)
  const routine = findCalled({ ...words, action, output: jsonOutput }, context.catalog.current())
  return finished(allowForFunction(routine), { call, context, watch })
}

/** Adds what the server says about itself, where that is wanted. */
export function finished(
  response: Response,
  { call, context, watch }: { call: Call; context: RestContext; watch: Stopwatch },
): Response {
  if (context.settings.hasTiming) response.headers.set('server-timing', watch.header())
  return traced(response, call.request, context)
}

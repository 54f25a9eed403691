/** Makes the answer from what the database has said: status, headers, and the body as PostgreSQL wrote it. */
import { returnsVoid } from '../../../db/catalog/index.ts'
import type { Outcome } from '../outcome.ts'
import type { CallPlan, Plan, ReadPlan, WritePlan } from '../plan/plan.ts'
import type { RequestWords } from '../request/request.ts'
import { preferenceApplied } from './applied.ts'
import { contentRange, rangeStatus } from './content-range.ts'
import { legacyNamesWarning } from './legacy-names.ts'
import { applyOverrides } from './overrides.ts'

export interface Answered {
  readonly request: RequestWords
  readonly outcome: Outcome
}

const vary = 'Accept, Prefer, Range'

/** Refuses with `range_invalid`, `response_status_invalid` or `response_headers_invalid`. */
export function respond(plan: Plan, answered: Answered): Response {
  if (plan.output.explain !== undefined) return respondExplained(plan, answered)
  switch (plan.kind) {
    case 'read':
      return respondRead(plan, answered)
    case 'write':
      return respondWrite(plan, answered)
    case 'call':
      return respondCall(plan, answered)
  }
}

function respondExplained(plan: Plan, answered: Answered): Response {
  const headers = new Headers({ vary })
  setContent(headers, plan, answered.request)
  return finish(plan, answered, { status: 200, headers, hasBody: true })
}

function respondRead(plan: ReadPlan, answered: Answered): Response {
  const { request, outcome } = answered
  const extent = { offset: request.range.offset, rows: outcome.rows, total: outcome.total }
  const status = rangeStatus(extent)
  const headers = startHeaders(plan, answered)
  headers.set('content-range', contentRange(extent))
  headers.set('content-location', contentLocation(plan.table.name, request))
  setContent(headers, plan, request)
  return finish(plan, answered, { status, headers, hasBody: plan.hasBody })
}

function respondCall(plan: CallPlan, answered: Answered): Response {
  const { request, outcome } = answered
  const extent = { offset: request.range.offset, rows: outcome.rows, total: outcome.total }
  const status = rangeStatus(extent)
  const headers = startHeaders(plan, answered)
  headers.set('content-range', contentRange(extent))
  if (returnsVoid(plan.routine)) return finish(plan, answered, { status: 204, headers, hasBody: false })
  setContent(headers, plan, request)
  return finish(plan, answered, { status, headers, hasBody: plan.hasBody })
}

function respondWrite(plan: WritePlan, answered: Answered): Response {
  const { request, outcome } = answered
  const headers = startHeaders(plan, answered)
  const isShown = plan.returning === 'representation'
  if (isShown) setContent(headers, plan, request)
  if (!(plan.write.kind === 'insert' && plan.write.isPut)) {
    headers.set('content-range', writtenRange(plan, answered))
  }
  const location = locationOf(plan, outcome)
  if (location !== undefined) headers.set('location', location)
  return finish(plan, answered, { status: writeStatus(plan, answered), headers, hasBody: isShown })
}

function writeStatus(plan: WritePlan, { outcome }: Answered): number {
  const { write } = plan
  const isShown = plan.returning === 'representation'
  if (write.kind !== 'insert') return isShown ? 200 : 204
  if (write.isPut && !isShown) return 204
  const isMerge = write.conflict?.resolution === 'merge-duplicates'
  return isMerge && (outcome.inserted ?? 0) <= 0 ? 200 : 201
}

/** Only updates say which rows: `0-2/*`. */
function writtenRange(plan: WritePlan, { request, outcome }: Answered): string {
  const total = request.preferences.count === undefined ? undefined : outcome.rows
  const isUpdate = plan.write.kind === 'update'
  return contentRange({ offset: 0, rows: isUpdate ? outcome.rows : 0, total })
}

/** `/todos?id=eq.1`, for the one row that was inserted. */
function locationOf(plan: WritePlan, outcome: Outcome): string | undefined {
  if (outcome.rows !== 1 || outcome.location === null) return undefined
  const key: unknown = JSON.parse(outcome.location)
  if (!Array.isArray(key)) return undefined
  const filters = plan.table.primaryKey.map((name, index) => {
    const value: unknown = key[index]
    return `${encode(name)}=${typeof value === 'string' ? `eq.${encode(value)}` : 'is.null'}`
  })
  return `/${encode(plan.table.name)}?${filters.join('&')}`
}

/** What was asked for, with its parameters in alphabetical order. */
function contentLocation(table: string, { pairs }: RequestWords): string {
  if (pairs.length === 0) return `/${encode(table)}`
  const sorted = pairs.length === 1 ? pairs : pairs.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return `/${encode(table)}?${sorted.map(([key, value]) => `${encode(key)}=${encode(value)}`).join('&')}`
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function startHeaders(plan: Plan, answered: Answered): Headers {
  const headers = new Headers({ vary })
  const applied = preferenceApplied(plan, answered.request)
  if (applied !== undefined) headers.set('preference-applied', applied)
  const warning = plan.root.embeds.length === 0 ? undefined : legacyNamesWarning(plan)
  if (warning !== undefined) headers.set('warning', warning)
  return headers
}

function setContent(headers: Headers, plan: Plan, request: RequestWords): void {
  headers.set('content-type', plan.output.contentType)
  if (request.isSchemaNegotiated) headers.set('content-profile', request.schema)
}

function finish(
  plan: Plan,
  { outcome }: Answered,
  made: { readonly status: number; readonly headers: Headers; readonly hasBody: boolean },
): Response {
  const { headers } = made
  const status = applyOverrides(outcome, made.status, headers)
  if (!made.hasBody && status === 201) headers.set('content-length', '0')
  const body = made.hasBody && status !== 204 && status !== 304 ? bodyOf(plan, outcome) : null
  return new Response(body, { status, headers })
}

function bodyOf({ output }: Plan, { body }: Outcome): Uint8Array<ArrayBuffer> | null {
  if (body === null) return null
  if (output.handler?.isBinary === true && output.explain === undefined)
    return new Uint8Array(Buffer.from(body.toString('latin1'), 'hex'))
  return body.buffer instanceof ArrayBuffer ? new Uint8Array(body.buffer, body.byteOffset, body.length) : null
}

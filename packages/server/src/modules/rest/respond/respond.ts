/** Makes the answer from what the database has said: status, headers, and the body as PostgreSQL wrote it. */
import { returnsVoid } from '../../../db/catalog/index.ts'
import type { Outcome } from '../outcome.ts'
import type { CallPlan, Plan, ReadPlan, WritePlan } from '../plan/plan.ts'
import type { RestRequest } from '../request/request.ts'
import { preferenceApplied } from './applied.ts'
import { contentRange, rangeStatus } from './content-range.ts'
import { applyOverrides } from './overrides.ts'

export interface Answered {
  readonly request: RestRequest
  readonly outcome: Outcome
  /** The caller may choose how the transaction ends. */
  readonly mayEndTx: boolean
}

const vary = 'Accept, Prefer, Range'

/** Refuses with `range_invalid`, `response_status_invalid` or `response_headers_invalid`. */
export function respond(plan: Plan, answered: Answered): Response {
  switch (plan.kind) {
    case 'read':
      return respondRead(plan, answered)
    case 'write':
      return respondWrite(plan, answered)
    case 'call':
      return respondCall(plan, answered)
  }
}

function respondRead(plan: ReadPlan, answered: Answered): Response {
  const { request, outcome } = answered
  const extent = { offset: request.range.offset, rows: outcome.rows, total: outcome.total }
  const status = rangeStatus(extent)
  const headers = startHeaders(plan, answered)
  headers.set('content-range', contentRange(extent))
  headers.set('content-location', contentLocation(plan.table.name, request))
  setContent(headers, request)
  return finish(answered, { status, headers, hasBody: plan.hasBody })
}

function respondCall(plan: CallPlan, answered: Answered): Response {
  const { request, outcome } = answered
  const extent = { offset: request.range.offset, rows: outcome.rows, total: outcome.total }
  const status = rangeStatus(extent)
  const headers = startHeaders(plan, answered)
  headers.set('content-range', contentRange(extent))
  if (returnsVoid(plan.routine)) return finish(answered, { status: 204, headers, hasBody: false })
  setContent(headers, request)
  return finish(answered, { status, headers, hasBody: plan.hasBody })
}

function respondWrite(plan: WritePlan, answered: Answered): Response {
  const { request, outcome } = answered
  const headers = startHeaders(plan, answered)
  const isShown = plan.returning === 'representation'
  if (isShown) setContent(headers, request)
  if (!(plan.write.kind === 'insert' && plan.write.isPut)) {
    headers.set('content-range', writtenRange(plan, answered))
  }
  const location = locationOf(plan, outcome)
  if (location !== undefined) headers.set('location', location)
  return finish(answered, { status: writeStatus(plan, answered), headers, hasBody: isShown })
}

function writeStatus(plan: WritePlan, { outcome }: Answered): number {
  const { write } = plan
  const isShown = plan.returning === 'representation'
  if (write.kind !== 'insert') return isShown ? 200 : 204
  const isNew = outcome.inserted === undefined || outcome.inserted > 0
  if (write.isPut && !isShown) return 204
  return isNew ? 201 : 200
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
function contentLocation(table: string, { pairs }: RestRequest): string {
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
  const applied = preferenceApplied(plan, answered.request.preferences, answered.mayEndTx)
  if (applied !== undefined) headers.set('preference-applied', applied)
  return headers
}

function setContent(headers: Headers, request: RestRequest): void {
  headers.set('content-type', request.output.contentType)
  if (request.isSchemaNegotiated) headers.set('content-profile', request.schema)
}

function finish(
  { outcome }: Answered,
  made: { readonly status: number; readonly headers: Headers; readonly hasBody: boolean },
): Response {
  const { headers } = made
  const status = applyOverrides(outcome, made.status, headers)
  const body = made.hasBody && status !== 204 && status !== 304 ? bodyOf(outcome) : null
  return new Response(body, { status, headers })
}

function bodyOf(outcome: Outcome): Uint8Array<ArrayBuffer> | null {
  const { body } = outcome
  if (body === null) return null
  return body.buffer instanceof ArrayBuffer ? new Uint8Array(body.buffer, body.byteOffset, body.length) : null
}

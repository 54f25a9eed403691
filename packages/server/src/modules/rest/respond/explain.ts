/** Turns an error of the database into a refusal: which status each SQLSTATE has, and what raised JSON asks for. */
import type { FailureDetail } from '@plinth/protocol'
import type { DatabaseError } from '../../../db/index.ts'
import { Failure } from '../../../kernel/failure.ts'

export function explainDatabaseError(error: DatabaseError, isAnonymous: boolean): Failure {
  if (error.sqlstate === 'PGRST') return explainRaised(error)
  const { message, detail, hint } = error.fields
  return new Failure('database_refused', {
    status: statusOf(error, isAnonymous),
    code: error.sqlstate,
    message,
    details: detail ?? null,
    hint: hint ?? null,
  })
}

/** The status of one SQLSTATE, where it is not that of its class. */
const byState: Readonly<Record<string, number>> = {
  '23503': 409,
  '23505': 409,
  '25006': 405,
  '42883': 404,
  '42P01': 404,
  '42P17': 500,
  '53400': 500,
  '57P01': 503,
  P0001: 400,
}

/** By the first two characters; 400 for all others. */
const byClass: Readonly<Record<string, number>> = {
  '08': 503,
  '09': 500,
  '0L': 403,
  '0P': 403,
  '21': 500,
  '25': 500,
  '28': 403,
  '2D': 500,
  '38': 500,
  '39': 500,
  '3B': 500,
  '40': 500,
  '53': 503,
  '54': 500,
  '55': 500,
  '57': 500,
  '58': 500,
  F0: 500,
  HV: 500,
  P0: 500,
  XX: 500,
}

function statusOf({ sqlstate, fields }: DatabaseError, isAnonymous: boolean): number {
  if (sqlstate.startsWith('PT')) return chosenStatus(sqlstate.slice(2)) ?? 500
  // What the role may not do, a signed-in user might be allowed to.
  if (sqlstate === '42501') return isAnonymous ? 401 : 403
  if (sqlstate === '22023' && /^role .* does not exist$/.test(fields.message)) return 401
  if (sqlstate === '21000' && fields.message.endsWith('requires a WHERE clause')) return 400
  return byState[sqlstate] ?? byClass[sqlstate.slice(0, 2)] ?? 400
}

/** `raise sqlstate 'PT402'` chooses the status. */
function chosenStatus(digits: string): number | undefined {
  const status = Number(digits)
  return /^\d{3}$/.test(digits) && status >= 200 && status <= 599 ? status : undefined
}

/** `raise sqlstate 'PGRST'` with JSON in message and detail chooses everything. */
function explainRaised({ fields }: DatabaseError): Failure {
  const message = readMessage(fields.message)
  if (message === undefined) {
    return unreadable(
      `Invalid JSON value for MESSAGE: '${fields.message}'`,
      `MESSAGE must be a JSON object with obligatory keys: 'code', 'message' and optional keys: 'details', 'hint'.`,
    )
  }
  const wanted = `DETAIL must be a JSON object with obligatory keys: 'status', 'headers' and optional key: 'status_text'.`
  if (fields.detail === undefined) return unreadable('DETAIL is missing in the RAISE statement', wanted)
  const detail = readDetail(fields.detail)
  if (detail === undefined) return unreadable(`Invalid JSON value for DETAIL: '${fields.detail}'`, wanted)
  return new Failure('database_refused', { ...message, ...detail })
}

function unreadable(details: string, hint: string): Failure {
  return new Failure('raise_unreadable', { details, hint })
}

function readMessage(
  text: string,
): Pick<FailureDetail<'database_refused'>, 'code' | 'message' | 'details' | 'hint'> | undefined {
  const object = parseObject(text)
  const code = object?.['code']
  const message = object?.['message']
  if (typeof code !== 'string' || typeof message !== 'string') return undefined
  return { code, message, details: textOr(object?.['details']), hint: textOr(object?.['hint']) }
}

function textOr(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function readDetail(text: string): { status: number; headers: Record<string, string> } | undefined {
  const object = parseObject(text)
  const status = object?.['status']
  const headers = object?.['headers']
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 200 || status > 599)
    return undefined
  if (typeof headers !== 'object' || headers === null) return undefined
  const usable = Object.entries(headers).filter(
    (entry): entry is [string, string] =>
      /^[\w-]+$/.test(entry[0]) && typeof entry[1] === 'string' && /^[\t\x20-\x7e]*$/.test(entry[1]),
  )
  return { status, headers: Object.fromEntries(usable) }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

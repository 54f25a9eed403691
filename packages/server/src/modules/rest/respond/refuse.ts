/** How a refusal looks on this wire: always JSON with code, message, details and hint. */
import type { Failure } from '../../../kernel/failure.ts'

/** Refusals whose details are JSON already. */
const jsonDetails = new Set<string>(['relationship_ambiguous'])

export function refuse(failure: Failure): Response {
  const { status } = failure
  const details = readDetails(failure)
  const code = failure.wireCode
  const body = JSON.stringify({ code, details, hint: failure.hint, message: failure.message })
  const headers = new Headers({
    'content-type': 'application/json; charset=utf-8',
    'proxy-status': `Plinth; error=${code.replaceAll(/[^\w.-]/g, '')}`,
  })
  if (status === 401) headers.set('www-authenticate', 'Bearer')
  for (const [name, value] of raisedHeaders(failure)) headers.set(name, value)
  const isBodiless = status === 204 || status === 304
  return new Response(isBodiless ? null : body, { status, headers })
}

function readDetails(failure: Failure): unknown {
  const { details } = failure
  return details !== null && jsonDetails.has(failure.code) ? JSON.parse(details) : details
}

/** Headers that the one who raised an error in the database asked for. */
function raisedHeaders(failure: Failure): readonly (readonly [string, string])[] {
  const detail: unknown = failure.detail
  if (failure.code !== 'database_refused' || typeof detail !== 'object' || detail === null) return []
  const headers: unknown = Reflect.get(detail, 'headers')
  if (typeof headers !== 'object' || headers === null) return []
  return Object.entries(headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
}

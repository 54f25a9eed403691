/** How a refusal looks on this wire: always JSON with code, message, details and hint. */
import type { Failure } from '../../../kernel/failure.ts'

/** By then a lost session is usually back. */
const retrySeconds = '2'

/** Refusals whose details are JSON already. */
const jsonDetails = new Set<string>(['relationship_ambiguous'])

export function refuse(failure: Failure, verbosity: 'verbose' | 'minimal'): Response {
  const { status } = failure
  const { wireCode: code, message, hint } = failure
  const body = JSON.stringify(
    verbosity === 'minimal' ? { code, message } : { code, details: readDetails(failure), hint, message },
  )
  const headers = new Headers({
    'content-type': 'application/json; charset=utf-8',
    'proxy-status': `PostgREST; error=${code.replaceAll(/[^\w.-]/g, '')}`,
  })
  if (status === 401) headers.set('www-authenticate', challenge(failure))
  if (status === 503) headers.set('retry-after', retrySeconds)
  if (failure.code === 'range_invalid') headers.set('content-range', rowsThereAre(failure))
  for (const [name, value] of raisedHeaders(failure)) headers.set(name, value)
  const isBodiless = status === 204 || status === 304
  return new Response(isBodiless ? null : body, { status, headers })
}

/** RFC 6750: a token that was sent and is no good is called invalid; where there was none, it is asked for. */
function challenge({ code, message }: Failure): string {
  const isToken = code.startsWith('token_') && code !== 'token_missing' && code !== 'token_role_unknown'
  return isToken
    ? `Bearer error="invalid_token", error_description="${message.replaceAll('"', "'")}"`
    : 'Bearer'
}

// `*/15`: what could have been asked for (RFC 9110, 15.5.17).
function rowsThereAre({ detail }: Failure): string {
  const total: unknown =
    typeof detail === 'object' && detail !== null ? Reflect.get(detail, 'total') : undefined
  return `*/${typeof total === 'number' ? total : '*'}`
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

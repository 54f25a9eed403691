/** How a refusal looks on GoTrue's wire: in the format of 2024-01-01 for clients that ask for it, else in the old one. */
import type { Failure } from '../../kernel/failure.ts'

const versionHeader = 'x-supabase-api-version'
const version2024 = '2024-01-01'

interface Shown {
  readonly status: number
  readonly code: string
  readonly message: string
}

export function refuseAsGoTrue(failure: Failure, request: Request): Response {
  const { status, code, message } = shown(failure, request)
  const more = weakPassword(failure)
  const isNew = asksFor2024(request.headers.get(versionHeader))
  const body = isNew ? { code, message, ...more } : { code: status, error_code: code, msg: message, ...more }
  const headers = { 'x-sb-error-code': code, ...(isNew ? { [versionHeader]: version2024 } : {}) }
  return Response.json(body, { status, headers })
}

/** Dates compare as text. What is not a date counts as not sent. */
function asksFor2024(asked: string | null): boolean {
  return asked !== null && /^\d{4}-\d{2}-\d{2}$/.test(asked) && asked >= version2024
}

function weakPassword(failure: Failure): { weak_password?: { reasons: readonly string[] } } {
  if (!hasCode(failure, 'weak_password')) return {}
  return { weak_password: { reasons: failure.detail.reasons } }
}

function hasCode<C extends Failure['code']>(failure: Failure, code: C): failure is Failure<C> {
  return failure.code === code
}

function shown(failure: Failure, request: Request): Shown {
  if (failure.code.startsWith('token_') && failure.code !== 'token_user_not_found')
    return {
      status: 403,
      code: 'bad_jwt',
      message: `invalid JWT: unable to parse or verify signature, ${failure.message}`,
    }
  if (failure.code === 'permission_denied') return forbidden(request)
  return {
    status: failure.status,
    code: renamed.get(failure.code) ?? failure.wireCode,
    message: failure.message,
  }
}

function forbidden(request: Request): Shown {
  const isAdmin = /\/(?:admin\/|invite$)/.test(new URL(request.url).pathname)
  return isAdmin
    ? { status: 403, code: 'not_admin', message: 'User not allowed' }
    : { status: 403, code: 'bad_jwt', message: 'invalid claim: missing sub claim' }
}

/** Codes of ours, in the words of GoTrue's clients. */
const renamed = new Map<Failure['code'], string>([
  ['body_too_large', 'request_entity_too_large'],
  ['body_timeout', 'request_timeout'],
  ['pool_timeout', 'request_timeout'],
  ['internal', 'unexpected_failure'],
  ['database_unavailable', 'unexpected_failure'],
  ['pool_queue_full', 'unexpected_failure'],
])

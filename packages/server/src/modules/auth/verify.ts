/** `/verify`: links in e-mails lead here by GET, apps send codes by POST. */
import { Failure } from '../../kernel/failure.ts'
import type { Call } from '../../kernel/module.ts'
import type { AuthContext } from './auth-context.ts'
import { readEmail } from './email-address.ts'
import { runAll } from './email/auth-mail.ts'
import { pkcePrefix } from './email/one-time-token.ts'
import { issueCode } from './flow-state.ts'
import { clientOf, newSession, type SignInMethod } from './new-session.ts'
import { takenBy } from './new-user.ts'
import { readPhone } from './phone-number.ts'
import { readRequestBody, type RequestBody } from './request-body.ts'
import { type IssuedSession, issueTokens, proofNow, respondSession } from './session-response.ts'
import { selectUser } from './statements.ts'
import { onlyUser, type User } from './user-view.ts'
import { type Verification, type VerificationType, verificationTypes, verifyToken } from './verify-token.ts'

const halfMessage = 'Confirmation link accepted. Please proceed to confirm link sent to the other email'
const linkRefusal = 'Email link is invalid or has expired'
const codeRefusal = 'Token has expired or is invalid'
const tokenCharsMax = 255

export async function verifyCode(context: AuthContext, call: Call): Promise<Response> {
  context.limits.verifications.take(call.clientAddress)
  const verification = readCode(context, call, await readRequestBody(call))
  const { signal } = call
  const answer = await context.store.transaction(
    { failing: 'Error confirming user', signal, explain: takenBy },
    async (run) => {
      const verified = await verifyToken(context, run, verification)
      if (verified.kind === 'half') return undefined
      const session = newSession(verified.user.id, 'otp', clientOf(call))
      await runAll(run, session.statements)
      return { user: onlyUser(await run(selectUser(verified.user.id))), session }
    },
  )
  if (answer === undefined) return Response.json({ code: '200', msg: halfMessage })
  return respondSession(context, answer.user, issued(answer.session))
}

function issued(session: Pick<IssuedSession, 'id' | 'refreshToken'>): IssuedSession {
  return { ...session, aal: 'aal1', proofs: [proofNow('otp')] }
}

function invalid(message: string): Failure {
  return new Failure('validation_failed', { message })
}

function readType(type: string): VerificationType {
  if (type === '') throw invalid('Verify requires a verification type')
  const known = verificationTypes.find((name) => name === type)
  if (known === undefined) throw invalid('Invalid email verification type')
  return known
}

function readCode(context: AuthContext, call: Call, body: RequestBody): Verification {
  const [token, hash, email, phone] = ['token', 'token_hash', 'email', 'phone'].map((name) => body.text(name))
  const { clientAddress } = call
  const type = body.text('type')
  if (type === '') throw invalid('Verify requires a verification type')
  if ((token === '') === (hash === '')) throw invalid('Verify requires either a token or a token hash')
  if (hash !== undefined && hash !== '') {
    if (email !== '' || phone !== '' || body.text('redirect_to') !== '')
      throw invalid('Only the token_hash and type should be provided')
    return { type: readType(type), hashes: [hashIn(hash, linkRefusal)], clientAddress, refusal: linkRefusal }
  }
  if ((email === '') === (phone === ''))
    throw invalid('Only an email address or phone number should be provided on verify')
  // No code is ever sent to a phone yet, so none can be right.
  if (phone !== undefined && phone !== '') {
    readPhone(phone)
    throw new Failure('otp_expired', { message: codeRefusal })
  }
  const address = readEmail(email ?? '')
  context.limits.guesses.take(address)
  const code = hashIn(token ?? '', codeRefusal)
  const hashes = context.oneTimeTokens.hashesOf(address, code)
  return { type: readType(type), hashes, clientAddress, refusal: codeRefusal }
}

function hashIn(text: string, refusal: string): string {
  if (text.length <= tokenCharsMax && !text.includes('\0')) return text
  throw new Failure('otp_expired', { message: refusal })
}

/** Sends the browser on to the app, with a session or a code, or with what went wrong. */
export async function verifyLink(context: AuthContext, call: Call): Promise<Response> {
  // Scanners of mail look at links with HEAD; that must not use them up.
  if (call.request.method !== 'GET')
    throw new Failure('method_not_allowed', { method: call.request.method, path: call.url.pathname })
  context.limits.verifications.take(call.clientAddress)
  const query = call.url.searchParams
  const token = query.get('token') ?? ''
  const type = query.get('type') ?? ''
  if (type === '') throw invalid('Verify requires a verification type')
  if (token === '') throw invalid('Verify requires a token or a token hash')
  const redirectTo = context.redirects.choose(call)
  const isPkce = token.startsWith(pkcePrefix)
  try {
    const hashes = [hashIn(token, linkRefusal)]
    const verification = { hashes, clientAddress: call.clientAddress, refusal: linkRefusal }
    return redirect(await follow(context, call, { verification, type, redirectTo, isPkce }))
  } catch (cause) {
    if (!(cause instanceof Failure) || cause.code === 'client_closed_request') throw cause
    return redirect(withFailure(redirectTo, cause, isPkce))
  }
}

interface LinkVisit {
  readonly verification: Omit<Verification, 'type'>
  readonly type: string
  readonly redirectTo: string
  readonly isPkce: boolean
}

async function follow(context: AuthContext, call: Call, visit: LinkVisit): Promise<string> {
  const { redirectTo, isPkce } = visit
  const verification = { ...visit.verification, type: readType(visit.type) }
  const errand = { failing: 'Error confirming user', signal: call.signal, explain: takenBy }
  const outcome = await context.store.transaction(errand, async (run) => {
    const verified = await verifyToken(context, run, verification)
    if (verified.kind === 'half') return { kind: 'half' as const }
    const { user, type } = verified
    if (isPkce) return { kind: 'code' as const, code: await issueCode(run, user.id, methodOf(type)) }
    const session = newSession(user.id, 'otp', clientOf(call))
    await runAll(run, session.statements)
    return { kind: 'session' as const, user: onlyUser(await run(selectUser(user.id))), session }
  })
  switch (outcome.kind) {
    case 'half':
      return withMessage(redirectTo, isPkce)
    case 'code':
      return withQuery(redirectTo, { code: outcome.code })
    case 'session':
      return withSession(context, visit, { user: outcome.user, session: issued(outcome.session) })
  }
}

function methodOf(type: VerificationType): SignInMethod {
  switch (type) {
    case 'signup':
    case 'email':
      return 'email/signup'
    case 'invite':
    case 'recovery':
    case 'magiclink':
    case 'email_change':
      return type
  }
}

async function withSession(
  context: AuthContext,
  { redirectTo, type }: LinkVisit,
  { user, session }: { user: User; session: IssuedSession },
): Promise<string> {
  const tokens = await issueTokens(context, user, session)
  const fragment = new URLSearchParams({
    access_token: tokens.access_token,
    expires_at: String(tokens.expires_at),
    expires_in: String(tokens.expires_in),
    refresh_token: tokens.refresh_token,
    sb: '',
    token_type: tokens.token_type,
    type,
  })
  // Behind a fragment that is there already: apps with routes in the fragment rely on it.
  return `${redirectTo}#${fragment.toString()}`
}

const oauthErrors = new Map([
  [400, 'invalid_request'],
  [401, 'unauthorized_client'],
  [403, 'access_denied'],
  [500, 'server_error'],
  [503, 'temporarily_unavailable'],
])

function withFailure(redirectTo: string, { status, wireCode, message }: Failure, isPkce: boolean): string {
  const error = oauthErrors.get(status)
  const words = {
    ...(error === undefined ? {} : { error }),
    error_code: wireCode,
    error_description: message,
  }
  return withFragment(isPkce ? withQuery(redirectTo, words) : redirectTo, { ...words, sb: '' })
}

function withMessage(redirectTo: string, isPkce: boolean): string {
  const target = isPkce ? withQuery(redirectTo, { message: halfMessage }) : redirectTo
  return withFragment(target, { message: halfMessage, sb: '' })
}

function withQuery(target: string, parameters: Readonly<Record<string, string>>): string {
  const url = new URL(target)
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url.href
}

function withFragment(target: string, parameters: Readonly<Record<string, string>>): string {
  const url = new URL(target)
  url.hash = new URLSearchParams(parameters).toString()
  return url.href
}

function redirect(location: string): Response {
  return new Response(null, {
    status: 303,
    headers: { location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
  })
}

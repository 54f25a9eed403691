/** Signs in with e-mail and password. A user who does not exist is refused no sooner, and in no other words, than a wrong password. */
import type { Sql } from '../../db/index.ts'
import { Failure } from '../../kernel/failure.ts'
import type { Call } from '../../kernel/module.ts'
import { insertAuditEntry } from './audit-log.ts'
import type { AuthContext } from './auth-context.ts'
import { clientOf, newSession } from './new-session.ts'
import { isTooLong, weaknessOf } from './password-rules.ts'
import { readRequestBody, type RequestBody } from './request-body.ts'
import { proofNow, respondSession } from './session-response.ts'
import { replacePasswordHash, selectUser, selectUserByEmail } from './statements.ts'
import { onlyUser, readUsers, type User } from './user-view.ts'

export async function signInWithPassword(context: AuthContext, call: Call): Promise<Response> {
  context.limits.signIns.take(call.clientAddress)
  const body = await readRequestBody(call)
  const password = body.text('password')
  const user = await provenUser(context, call, { email: readAddress(context, body), password })
  const session = newSession(user.id, 'password', clientOf(call))
  const rows = await context.store.run({
    statements: [
      ...session.statements,
      ...(await upgradeHash(context, user, password)),
      insertAuditEntry({
        action: 'login',
        actor: user,
        ipAddress: call.clientAddress,
        traits: { provider: 'email' },
      }),
      selectUser(user.id),
    ],
    failing: 'Database error granting user',
    signal: call.signal,
  })
  return respondSession(context, onlyUser(rows.at(-1)), {
    ...session,
    aal: 'aal1',
    proofs: [proofNow(session.method)],
    weakPassword: weaknessOf(password, context.settings),
  })
}

function readAddress({ settings }: AuthContext, body: RequestBody): string {
  const email = body.text('email')
  const phone = body.text('phone')
  if (email !== '' && phone !== '')
    throw new Failure('validation_failed', {
      message: 'Only an email address or phone number should be provided on login.',
    })
  if (phone !== '') throw new Failure('phone_login_disabled', {})
  if (email === '') throw new Failure('validation_failed', { message: 'missing email or phone' })
  if (!settings.isEmailEnabled) throw new Failure('email_login_disabled', {})
  return email.toLowerCase()
}

interface Credentials {
  readonly email: string
  readonly password: string
}

async function provenUser(
  { store, hasher }: AuthContext,
  call: Call,
  { email, password }: Credentials,
): Promise<User> {
  if (isTooLong(password) || email.includes('\0')) throw new Failure('invalid_credentials', {})
  const [rows] = await store.run({
    statements: [selectUserByEmail(email)],
    failing: 'Database error querying schema',
    signal: call.signal,
  })
  const user = readUsers(rows)[0]
  const isProven = await hasher.verify(password, user?.encryptedPassword ?? null)
  if (user === undefined || !isProven) throw new Failure('invalid_credentials', {})
  if (user.isBanned) throw new Failure('user_banned', { message: 'User is banned' })
  if (user.times.email_confirmed_at === undefined) throw new Failure('email_not_confirmed', {})
  return user
}

/** The only moment at which the password is known, so the only one to hash it the way new ones are. */
async function upgradeHash({ hasher }: AuthContext, user: User, password: string): Promise<Sql[]> {
  const old = user.encryptedPassword
  if (old === null || !hasher.isOutdated(old)) return []
  return [replacePasswordHash(user.id, old, await hasher.hash(password))]
}

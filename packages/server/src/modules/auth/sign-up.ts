/** Makes an account from an e-mail address and a password, and signs it in unless the address must be confirmed first. */
import type { Rows, Sql } from '../../db/index.ts'
import { Failure } from '../../kernel/failure.ts'
import type { Call } from '../../kernel/module.ts'
import { insertAuditEntry } from './audit-log.ts'
import type { AuthContext } from './auth-context.ts'
import { readEmail } from './email-address.ts'
import { clientOf, newSession } from './new-session.ts'
import { emailIdentityData, insertNewUser, newUser, takenBy } from './new-user.ts'
import { refuseWeakPassword } from './password-rules.ts'
import { type JsonObject, readRequestBody, type RequestBody } from './request-body.ts'
import { proofNow, respondSession } from './session-response.ts'
import { signInAnonymously } from './sign-in-anonymously.ts'
import { confirmEmail, mergeMetadata, type NewUser, selectUser } from './statements.ts'
import { onlyUser, showUser, type User } from './user-view.ts'

export async function signUp(context: AuthContext, call: Call): Promise<Response> {
  if (!context.settings.isSignUpEnabled) throw new Failure('signup_disabled', {})
  const body = await readRequestBody(call)
  if (body.text('email') === '' && body.text('phone') === '') return signInAnonymously(context, call, body)
  context.limits.signIns.take(call.clientAddress)
  const account = await readAccount(context, body)
  return context.settings.isConfirmationRequired
    ? signUpUnconfirmed(context, call, account)
    : signUpConfirmed(context, call, account)
}

const savingFailed = 'Database error saving new user'

interface Account {
  readonly email: string
  readonly profile: JsonObject
  readonly user: NewUser
}

async function readAccount({ settings, hasher }: AuthContext, body: RequestBody): Promise<Account> {
  const password = body.text('password')
  if (password === '') throw new Failure('validation_failed', { message: 'Signup requires a valid password' })
  refuseWeakPassword(password, settings)
  if (body.text('phone') !== '') throw new Failure('phone_signup_disabled', {})
  if (!settings.isEmailEnabled) throw new Failure('email_signup_disabled', {})
  const email = readEmail(body.text('email'))
  const profile = body.object('data') ?? {}
  const encryptedPassword = await hasher.hash(password)
  return { email, profile, user: newUser({ email, encryptedPassword, userMetadata: profile }) }
}

async function signUpConfirmed(context: AuthContext, call: Call, account: Account): Promise<Response> {
  const { user, email } = account
  const session = newSession(user.id, 'password', clientOf(call))
  const entry = {
    actor: { id: user.id, email },
    ipAddress: call.clientAddress,
    traits: { provider: 'email' },
  }
  const rows = await context.store.run({
    statements: [
      ...insertAccount(account),
      confirmEmail(user.id),
      ...session.statements,
      insertAuditEntry({ action: 'user_signedup', ...entry }),
      insertAuditEntry({ action: 'login', ...entry }),
      selectUser(user.id),
    ],
    failing: savingFailed,
    signal: call.signal,
    explain: (error) => (takenBy(error) === undefined ? undefined : new Failure('user_already_exists', {})),
  })
  const proofs = [proofNow(session.method)]
  return respondSession(context, savedUser(rows), { ...session, aal: 'aal1', proofs })
}

async function signUpUnconfirmed(context: AuthContext, call: Call, account: Account): Promise<Response> {
  const { user, email } = account
  try {
    const rows = await context.store.run({
      statements: [
        ...insertAccount(account),
        insertAuditEntry({
          action: 'user_confirmation_requested',
          actor: { id: user.id, email },
          ipAddress: call.clientAddress,
          traits: { provider: 'email' },
        }),
        selectUser(user.id),
      ],
      failing: savingFailed,
      signal: call.signal,
      explain: takenBy,
    })
    return Response.json(showUser(savedUser(rows)))
  } catch (cause) {
    if (cause instanceof Failure && cause.code === 'email_exists')
      return Response.json(pretendedUser(account))
    throw cause
  }
}

function insertAccount({ user, email, profile }: Account): Sql[] {
  const known = emailIdentityData(user.id, email, profile)
  return [...insertNewUser(user, profile), mergeMetadata(user.id, 'raw_user_meta_data', known)]
}

function savedUser(rows: readonly Rows[]): User {
  return onlyUser(rows.at(-1))
}

/** What someone sees who signs up with the address of another: the answer to a new user, with nothing true in it. */
function pretendedUser({ user, email, profile }: Account): JsonObject {
  const now = new Date().toISOString()
  return {
    id: user.id,
    aud: user.aud,
    role: '',
    email,
    phone: '',
    confirmation_sent_at: now,
    app_metadata: user.appMetadata,
    user_metadata: profile,
    identities: [],
    created_at: now,
    updated_at: now,
    is_anonymous: false,
  }
}

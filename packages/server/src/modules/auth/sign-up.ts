/** Makes an account from an e-mail address and a password, and signs it in unless the address must be confirmed first. */
import type { Rows, Sql } from '../../db/index.ts'
import { Failure } from '../../kernel/failure.ts'
import type { Call } from '../../kernel/module.ts'
import { insertAuditEntry } from './audit-log.ts'
import type { AuthContext } from './auth-context.ts'
import type { RunStatement } from './auth-store.ts'
import { readEmail } from './email-address.ts'
import { lockUser, mailing, ownerOf, runAll, tokenMail } from './email/auth-mail.ts'
import { type Challenge, insertFlowState, readChallenge } from './flow-state.ts'
import { clientOf, newSession } from './new-session.ts'
import { insertNewAccount, newUser, takenBy } from './new-user.ts'
import { refuseWeakPassword } from './password-rules.ts'
import { type JsonObject, readRequestBody, type RequestBody } from './request-body.ts'
import { proofNow, respondSession } from './session-response.ts'
import { signInAnonymously } from './sign-in-anonymously.ts'
import { confirmEmail, type NewUser, selectUser } from './statements.ts'
import { onlyUser, showUser, type User, userColumns } from './user-view.ts'

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
  readonly challenge: Challenge | undefined
}

async function readAccount({ settings, hasher }: AuthContext, body: RequestBody): Promise<Account> {
  const password = body.text('password')
  if (password === '') throw new Failure('validation_failed', { message: 'Signup requires a valid password' })
  refuseWeakPassword(password, settings)
  if (body.text('phone') !== '') throw new Failure('phone_signup_disabled', {})
  if (!settings.isEmailEnabled) throw new Failure('email_signup_disabled', {})
  const email = readEmail(body.text('email'))
  const profile = body.object('data') ?? {}
  const challenge = readChallenge(body)
  const encryptedPassword = await hasher.hash(password)
  return { email, profile, challenge, user: newUser({ email, encryptedPassword, userMetadata: profile }) }
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
      ...insertNewAccount(user, account.profile),
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

/** Somebody who has an account gets no e-mail, and an answer like that to a new user. */
async function signUpUnconfirmed(context: AuthContext, call: Call, account: Account): Promise<Response> {
  const errand = { failing: savingFailed, signal: call.signal, explain: takenBy }
  try {
    const user = await mailing(context, errand, async (run) =>
      requestConfirmation(context, run, { call, account }),
    )
    return Response.json(user === undefined ? pretendedUser(account) : showUser(user))
  } catch (cause) {
    if (cause instanceof Failure && cause.code === 'email_exists')
      return Response.json(pretendedUser(account))
    throw cause
  }
}

interface Signing {
  readonly call: Call
  readonly account: Account
}

/** Undefined where there is a confirmed user already. One who is not is not changed: who asks may be somebody else. */
async function requestConfirmation(
  context: AuthContext,
  run: RunStatement,
  { call, account }: Signing,
): Promise<User | undefined> {
  const { challenge } = account
  const audit = (action: 'user_repeated_signup' | 'user_confirmation_requested', actor: Actor): Sql =>
    insertAuditEntry({ action, actor, ipAddress: call.clientAddress, traits: { provider: 'email' } })
  const known = await lockUser(run, ownerOf(account.email, userColumns))
  if (known !== undefined && known.user.times.email_confirmed_at !== undefined) {
    await run(audit('user_repeated_signup', known.user))
    return undefined
  }
  if (known === undefined) await runAll(run, insertNewAccount(account.user, account.profile))
  const locked = known ?? (await lockUser(run, selectUser(account.user.id)))
  if (locked === undefined) throw new Failure('user_not_found', {})
  const { user } = locked
  const flow = { userId: user.id, provider: 'email', signInMethod: 'email/signup' } as const
  const redirectTo = context.redirects.choose(call)
  await runAll(run, [
    audit('user_confirmation_requested', user),
    ...(challenge === undefined ? [] : insertFlowState({ ...flow, ...challenge })),
    ...tokenMail(context, 'confirmation', { ...locked, redirectTo, isPkce: challenge !== undefined }),
  ])
  const saved = onlyUser(await run(selectUser(user.id)))
  // What an administrator wrote into an invitation is not for whoever knows the address.
  return saved.times.invited_at === undefined ? saved : { ...saved, userMetadata: {}, identities: [] }
}

type Actor = Parameters<typeof insertAuditEntry>[0]['actor']

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

/** Users change their own password, profile or e-mail address. Role and app_metadata are not theirs to change. */
import { sql, type Sql } from '../../db/index.ts'
import { Failure } from '../../kernel/failure.ts'
import type { Call } from '../../kernel/module.ts'
import { insertAuditEntry } from './audit-log.ts'
import type { AuthContext } from './auth-context.ts'
import { currentUser, type CurrentUser } from './current-user.ts'
import { readEmail } from './email-address.ts'
import {
  emailChangeMail,
  type Errand,
  lockUser,
  type LockedUser,
  mailing,
  ownerOf,
  runAll,
  updateProviders,
} from './email/auth-mail.ts'
import { type Challenge, insertFlowState, readChallenge } from './flow-state.ts'
import { emailIdentityData, takenBy } from './new-user.ts'
import { isTooLong, refuseWeakPassword } from './password-rules.ts'
import { useNonce } from './reauthenticate.ts'
import { readRequestBody, type RequestBody } from './request-body.ts'
import {
  clearOneTimeTokens,
  confirmEmail,
  deleteSessions,
  mergeMetadata,
  saveIdentity,
  selectUser,
  updateUser,
} from './statements.ts'
import { onlyUser, readUsers, showUser, type User, userColumns } from './user-view.ts'

export async function updateOwnUser(context: AuthContext, call: Call): Promise<Response> {
  context.limits.otps.take(call.clientAddress)
  const body = await readRequestBody(call)
  const current = await currentUser(context, call)
  const change = readChange(context, body, current.user)
  const { user } = current
  await refuseTakenEmail(context, call, { email: change.email, userId: user.id })
  const password = await passwordStatements(context, call, { current, change })
  const redirectTo = context.redirects.choose(call)
  const errand = { failing: 'Error updating user', signal: call.signal, explain: takenBy }
  const updated = await mailing(context, errand, async (run) => {
    const locked = await lockUser(run, selectUser(user.id))
    if (locked === undefined) throw new Failure('token_user_not_found', {})
    const sending = { ...locked, redirectTo, isPkce: change.challenge !== undefined }
    await runAll(run, [
      ...password,
      ...(change.profile === undefined ? [] : [mergeMetadata(user.id, 'raw_user_meta_data', change.profile)]),
      ...emailStatements(context, change, sending),
      insertAuditEntry({ action: 'user_modified', actor: user, ipAddress: call.clientAddress }),
    ])
    return onlyUser(await run(selectUser(user.id)))
  })
  return Response.json(showUser(updated))
}

interface Change {
  /** Undefined where it stays as it is. */
  readonly email: string | undefined
  readonly password: string | undefined
  readonly profile: ReturnType<RequestBody['object']>
  readonly nonce: string
  readonly currentPassword: string
  readonly challenge: Challenge | undefined
}

function readChange({ settings }: AuthContext, body: RequestBody, user: User): Change {
  const email = body.text('email') === '' ? undefined : readEmail(body.text('email'))
  const password = body.optionalText('password')
  if (password !== undefined) refuseWeakPassword(password, settings)
  if (body.object('app_metadata') !== undefined)
    throw new Failure('not_admin', { message: 'Updating app_metadata requires admin privileges' })
  const phone = body.text('phone')
  if (phone !== '' && phone !== user.phone) throw new Failure('phone_signup_disabled', {})
  if (user.isAnonymous && password !== undefined && email === undefined)
    throw new Failure('password_of_anonymous', {})
  const change = {
    email: email === user.email ? undefined : email,
    password,
    profile: body.object('data'),
    nonce: body.text('nonce'),
    currentPassword: body.text('current_password'),
    challenge: readChallenge(body),
  }
  const isManaged = change.email !== undefined || change.nonce !== '' || (password ?? '') !== ''
  if (user.isSsoUser && isManaged) throw new Failure('user_sso_managed', {})
  return change
}

async function refuseTakenEmail(
  { store }: AuthContext,
  call: Call,
  { email, userId }: { email: string | undefined; userId: string },
): Promise<void> {
  if (email === undefined) return
  const [rows] = await store.run({
    statements: [ownerOf(email, userColumns)],
    failing: 'Database error checking email',
    signal: call.signal,
  })
  if (readUsers(rows).some(({ id }) => id !== userId)) throw new Failure('email_exists', {})
}

interface Updating {
  readonly current: CurrentUser
  readonly change: Change
}

/** A new password ends all other sessions: whoever else knew the old one is out. */
async function passwordStatements(context: AuthContext, call: Call, updating: Updating): Promise<Sql[]> {
  const { hasher, settings } = context
  const { user, sessionId, hasSignedInRecently } = updating.current
  const { password, nonce } = updating.change
  if (password === undefined) return []
  if (settings.isPasswordChangeSecure && !hasSignedInRecently) {
    if (nonce === '') throw new Failure('reauthentication_needed', {})
    await useNonce(context, call, { user, nonce })
  }
  await refuseWithoutCurrentPassword(context, call, updating)
  const old = user.encryptedPassword
  if (old !== null && (await hasher.verify(password, old))) throw new Failure('same_password', {})
  return [
    updateUser(user.id, { encryptedPassword: await hasher.hash(password) }),
    clearOneTimeTokens(user.id),
    deleteSessions(user.id, 'others', sessionId),
    insertAuditEntry({ action: 'user_updated_password', actor: user, ipAddress: call.clientAddress }),
  ]
}

/** Not asked of those who have just come by a link because they do not know it. */
async function refuseWithoutCurrentPassword(
  context: AuthContext,
  call: Call,
  { current, change }: Updating,
): Promise<void> {
  const old = current.user.encryptedPassword
  if (!context.settings.isCurrentPasswordRequired || old === null) return
  if (await isRecovering(context, call, current.sessionId)) return
  if (change.currentPassword === '') throw new Failure('current_password_required', {})
  context.limits.guesses.take(current.user.id)
  if (isTooLong(change.currentPassword) || !(await context.hasher.verify(change.currentPassword, old)))
    throw new Failure('current_password_invalid', {})
}

async function isRecovering({ store }: AuthContext, call: Call, sessionId: string | null): Promise<boolean> {
  if (sessionId === null) return false
  const [rows] = await store.run({
    statements: [
      sql`select 1 from auth.mfa_amr_claims where session_id = ${sessionId} and authentication_method = 'recovery'`,
    ],
    failing: 'Database error loading session',
    signal: call.signal,
  })
  return rows?.text(0, 0) === '1'
}

/** A user with an address changes it only by confirming the new one; an anonymous user gets one as in a sign-up. */
function emailStatements(context: AuthContext, change: Change, sending: LockedUser & Errand): Sql[] {
  const { email, challenge } = change
  if (email === undefined) return []
  const { user } = sending
  if (!user.isAnonymous || context.settings.isConfirmationRequired) {
    const flow = { userId: user.id, provider: 'email_change', signInMethod: 'email_change' } as const
    return [
      ...(challenge === undefined ? [] : insertFlowState({ ...flow, ...challenge })),
      ...emailChangeMail(context, email, sending),
    ]
  }
  const data = { ...emailIdentityData(user.id, email), email_verified: true }
  return [
    updateUser(user.id, { email, isAnonymous: false }),
    saveIdentity({ userId: user.id, provider: 'email', data }),
    updateProviders(user.id),
    confirmEmail(user.id),
  ]
}

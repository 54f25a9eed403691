/** Users change their own password, profile or e-mail address. Role and app_metadata are not theirs to change. */
import type { Sql } from '../../db/index.ts'
import { Failure } from '../../kernel/failure.ts'
import type { Call } from '../../kernel/module.ts'
import { insertAuditEntry } from './audit-log.ts'
import type { AuthContext } from './auth-context.ts'
import { currentUser, type CurrentUser } from './current-user.ts'
import { readEmail } from './email-address.ts'
import { emailIdentityData, takenBy } from './new-user.ts'
import { refuseWeakPassword } from './password-rules.ts'
import { readRequestBody, type RequestBody } from './request-body.ts'
import {
  clearOneTimeTokens,
  confirmEmail,
  deleteSessions,
  mergeMetadata,
  saveIdentity,
  selectUser,
  selectUserByEmail,
  updateUser,
} from './statements.ts'
import { onlyUser, readUsers, showUser, type User } from './user-view.ts'

export async function updateOwnUser(context: AuthContext, call: Call): Promise<Response> {
  const body = await readRequestBody(call)
  const current = await currentUser(context, call)
  const change = readChange(context, body, current.user)
  await refuseTakenEmail(context, call, change)
  const { user } = current
  const statements = [
    ...(await passwordStatements(context, current, change)),
    ...(change.profile === undefined ? [] : [mergeMetadata(user.id, 'raw_user_meta_data', change.profile)]),
    ...emailStatements(context, user, change),
    insertAuditEntry({ action: 'user_modified', actor: user, ipAddress: call.clientAddress }),
    selectUser(user.id),
  ]
  const rows = await context.store.run({
    statements,
    failing: 'Error updating user',
    signal: call.signal,
    explain: takenBy,
  })
  return Response.json(showUser(onlyUser(rows.at(-1))))
}

interface Change {
  /** Undefined where it stays as it is. */
  readonly email: string | undefined
  readonly password: string | undefined
  readonly profile: ReturnType<RequestBody['object']>
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
  return { email: email === user.email ? undefined : email, password, profile: body.object('data') }
}

async function refuseTakenEmail({ store }: AuthContext, call: Call, { email }: Change): Promise<void> {
  if (email === undefined) return
  const [rows] = await store.run({
    statements: [selectUserByEmail(email)],
    failing: 'Database error checking email',
    signal: call.signal,
  })
  if (readUsers(rows).length > 0) throw new Failure('email_exists', {})
}

/** A new password ends all other sessions: whoever else knew the old one is out. */
async function passwordStatements(
  { hasher, settings }: AuthContext,
  { user, sessionId, hasSignedInRecently }: CurrentUser,
  { password }: Change,
): Promise<Sql[]> {
  if (password === undefined) return []
  if (settings.isPasswordChangeSecure && !hasSignedInRecently)
    throw new Failure('reauthentication_needed', {})
  const old = user.encryptedPassword
  if (old !== null && (await hasher.verify(password, old))) throw new Failure('same_password', {})
  return [
    updateUser(user.id, { encryptedPassword: await hasher.hash(password) }),
    clearOneTimeTokens(user.id),
    deleteSessions(user.id, 'others', sessionId),
  ]
}

/** A user with an address changes it only by confirming the new one; an anonymous user gets one as in a sign-up. */
function emailStatements({ settings }: AuthContext, user: User, { email }: Change): Sql[] {
  if (email === undefined) return []
  if (!user.isAnonymous || settings.isConfirmationRequired)
    return [updateUser(user.id, { emailChange: email })]
  const data = { ...emailIdentityData(user.id, email), email_verified: true }
  return [
    updateUser(user.id, { email, isAnonymous: false }),
    saveIdentity({ userId: user.id, provider: 'email', data }),
    mergeMetadata(user.id, 'raw_app_meta_data', { provider: 'email', providers: ['email'] }),
    confirmEmail(user.id),
  ]
}

/** An administrator changes a user, also what users cannot change themselves. */
import type { Sql } from '../../db/index.ts'
import type { Call } from '../../kernel/module.ts'
import { type AdminFields, readAdminFields } from './admin-body.ts'
import { namedUser } from './admin-user.ts'
import { administrator, insertAuditEntry } from './audit-log.ts'
import type { AuthContext } from './auth-context.ts'
import { emailIdentityData, phoneIdentityData, takenBy } from './new-user.ts'
import {
  banUser,
  clearOneTimeTokens,
  confirmEmail,
  confirmPhone,
  deleteSessions,
  mergeMetadata,
  saveIdentity,
  selectUser,
  updateUser,
} from './statements.ts'
import { onlyUser, showUser, type User } from './user-view.ts'

export async function adminUpdateUser(context: AuthContext, call: Call): Promise<Response> {
  const user = await namedUser(context, call)
  const fields = await readAdminFields(context, call)
  const rows = await context.store.run({
    statements: [
      ...(fields.role === undefined ? [] : [updateUser(user.id, { role: fields.role })]),
      ...(fields.isEmailConfirmed ? [confirmEmail(user.id)] : []),
      ...(fields.isPhoneConfirmed ? [confirmPhone(user.id)] : []),
      ...(await passwordStatements(context, user, fields)),
      ...emailStatements(user, fields),
      ...phoneStatements(user, fields),
      ...metadataStatements(user, fields),
      ...(fields.banSeconds === undefined ? [] : [banUser(user.id, fields.banSeconds)]),
      insertAuditEntry({
        action: 'user_modified',
        actor: administrator(call.identity.role),
        ipAddress: call.clientAddress,
        traits: { user_id: user.id, user_email: user.email, user_phone: user.phone },
      }),
      selectUser(user.id),
    ],
    failing: 'Error updating user',
    signal: call.signal,
    explain: takenBy,
  })
  return Response.json(showUser(onlyUser(rows.at(-1))))
}

async function passwordStatements(
  { hasher }: AuthContext,
  { id }: User,
  { password, passwordHash }: AdminFields,
): Promise<Sql[]> {
  if (password === undefined && passwordHash === undefined) return []
  const encryptedPassword = passwordHash ?? (await hasher.hash(password ?? ''))
  return [updateUser(id, { encryptedPassword }), clearOneTimeTokens(id), deleteSessions(id, 'global', null)]
}

function emailStatements({ id, isAnonymous }: User, { email, isEmailConfirmed }: AdminFields): Sql[] {
  if (email === undefined) return []
  const data = { ...emailIdentityData(id, email), email_verified: isEmailConfirmed }
  return [
    saveIdentity({ userId: id, provider: 'email', data }),
    updateUser(id, { email, ...(isAnonymous && isEmailConfirmed ? { isAnonymous: false } : {}) }),
  ]
}

function phoneStatements({ id, isAnonymous }: User, { phone, isPhoneConfirmed }: AdminFields): Sql[] {
  if (phone === undefined) return []
  const data = { ...phoneIdentityData(id, phone), phone_verified: isPhoneConfirmed }
  return [
    saveIdentity({ userId: id, provider: 'phone', data }),
    updateUser(id, { phone, ...(isAnonymous && isPhoneConfirmed ? { isAnonymous: false } : {}) }),
  ]
}

function metadataStatements({ id }: User, { appMetadata, userMetadata }: AdminFields): Sql[] {
  return [
    ...(appMetadata === undefined ? [] : [mergeMetadata(id, 'raw_app_meta_data', appMetadata)]),
    ...(userMetadata === undefined ? [] : [mergeMetadata(id, 'raw_user_meta_data', userMetadata)]),
  ]
}

/** An administrator makes a user. */
import { randomBytes } from 'node:crypto'
import { Failure } from '../../kernel/failure.ts'
import type { Call } from '../../kernel/module.ts'
import { type AdminFields, readAdminFields } from './admin-body.ts'
import { administrator, insertAuditEntry } from './audit-log.ts'
import type { AuthContext } from './auth-context.ts'
import { insertNewUser, newUser, takenBy } from './new-user.ts'
import { banUser, confirmEmail, confirmPhone, mergeMetadata, selectUser } from './statements.ts'
import { onlyUser, showUser } from './user-view.ts'

export async function adminCreateUser(context: AuthContext, call: Call): Promise<Response> {
  const fields = await readAdminFields(context, call)
  if (fields.email === undefined && fields.phone === undefined)
    throw new Failure('validation_failed', {
      message: 'Cannot create a user without either an email or phone',
    })
  const user = newUser({ ...given(fields), encryptedPassword: await encryptedPassword(context, fields) })
  const { id, email } = user
  const traits = { user_id: id, user_email: email ?? '', user_phone: user.phone ?? '' }
  const rows = await context.store.run({
    statements: [
      ...insertNewUser(user),
      ...(fields.appMetadata === undefined
        ? []
        : [mergeMetadata(id, 'raw_app_meta_data', fields.appMetadata)]),
      ...(fields.isEmailConfirmed ? [confirmEmail(id)] : []),
      ...(fields.isPhoneConfirmed ? [confirmPhone(id)] : []),
      ...(fields.banSeconds === undefined ? [] : [banUser(id, fields.banSeconds)]),
      insertAuditEntry({
        action: 'user_signedup',
        actor: administrator(call.identity.role),
        ipAddress: call.clientAddress,
        traits,
      }),
      selectUser(id),
    ],
    failing: 'Database error creating new user',
    signal: call.signal,
    explain: takenBy,
  })
  return Response.json(showUser(onlyUser(rows.at(-1))))
}

function given(fields: AdminFields): Omit<Parameters<typeof newUser>[0], 'encryptedPassword'> {
  return {
    ...(fields.id === undefined ? {} : { id: fields.id }),
    ...(fields.aud === undefined ? {} : { aud: fields.aud }),
    ...(fields.role === undefined ? {} : { role: fields.role }),
    ...(fields.email === undefined ? {} : { email: fields.email }),
    ...(fields.phone === undefined ? {} : { phone: fields.phone }),
    userMetadata: fields.userMetadata ?? {},
  }
}

/** Without a password the user gets one that nobody knows, and can set one of their own later. */
async function encryptedPassword({ hasher }: AuthContext, fields: AdminFields): Promise<string> {
  return fields.passwordHash ?? hasher.hash(fields.password ?? randomBytes(48).toString('base64url'))
}

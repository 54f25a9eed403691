/** An administrator deletes a user: with everything that hangs on them, or softly, so that what points to them stays. */
import type { Call } from '../../kernel/module.ts'
import { namedUser } from './admin-user.ts'
import { administrator, insertAuditEntry } from './audit-log.ts'
import type { AuthContext } from './auth-context.ts'
import { readOptionalBody } from './request-body.ts'
import { deleteUser, softDeleteUser } from './statements.ts'

export async function adminDeleteUser(context: AuthContext, call: Call): Promise<Response> {
  const user = await namedUser(context, call)
  const body = await readOptionalBody(call)
  const isSoft = body.flag('should_soft_delete')
  await context.store.run({
    statements: [
      ...(isSoft ? softDeleteUser(user.id) : [deleteUser(user.id)]),
      insertAuditEntry({
        action: 'user_deleted',
        actor: administrator(call.identity.role),
        ipAddress: call.clientAddress,
        traits: { user_id: user.id, user_email: user.email, user_phone: user.phone },
      }),
    ],
    failing: isSoft ? 'Error soft deleting user' : 'Database error deleting user',
    signal: call.signal,
  })
  return Response.json({})
}

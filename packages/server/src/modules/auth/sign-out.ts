/** Ends the session of the token, all others of its user, or all. */
import { Failure } from '../../kernel/failure.ts'
import type { Call } from '../../kernel/module.ts'
import { insertAuditEntry } from './audit-log.ts'
import type { AuthContext } from './auth-context.ts'
import { currentUser } from './current-user.ts'
import { deleteSessions, type SignOutScope } from './statements.ts'

export async function signOut(context: AuthContext, call: Call): Promise<Response> {
  const scope = readScope(call.url.searchParams.get('scope'))
  const { user, sessionId } = await currentUser(context, call)
  await context.store.run({
    statements: [
      deleteSessions(user.id, scope, sessionId),
      insertAuditEntry({ action: 'logout', actor: user, ipAddress: call.clientAddress }),
    ],
    failing: 'Error logging out user',
    signal: call.signal,
  })
  return new Response(null, { status: 204 })
}

function readScope(scope: string | null): SignOutScope {
  if (scope === null || scope === '') return 'global'
  if (scope === 'global' || scope === 'local' || scope === 'others') return scope
  throw new Failure('validation_failed', { message: `Unsupported logout scope "${scope.slice(0, 100)}"` })
}

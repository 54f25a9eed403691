/** Signs someone in who tells nothing about themselves. */
import { Failure } from '../../kernel/failure.ts'
import type { Call } from '../../kernel/module.ts'
import type { AuthContext } from './auth-context.ts'
import { clientOf, newSession } from './new-session.ts'
import { insertNewUser, newUser } from './new-user.ts'
import type { RequestBody } from './request-body.ts'
import { proofNow, respondSession } from './session-response.ts'
import { selectUser } from './statements.ts'
import { onlyUser } from './user-view.ts'

export async function signInAnonymously(
  context: AuthContext,
  call: Call,
  body: RequestBody,
): Promise<Response> {
  if (!context.settings.isAnonymousEnabled) throw new Failure('anonymous_provider_disabled', {})
  context.limits.anonymous.take(call.clientAddress)
  const user = newUser({ userMetadata: body.object('data') ?? {} })
  const session = newSession(user.id, 'anonymous', clientOf(call))
  const rows = await context.store.run({
    statements: [...insertNewUser(user), ...session.statements, selectUser(user.id)],
    failing: 'Database error creating anonymous user',
    signal: call.signal,
  })
  const proofs = [proofNow(session.method)]
  return respondSession(context, onlyUser(rows.at(-1)), { ...session, aal: 'aal1', proofs })
}

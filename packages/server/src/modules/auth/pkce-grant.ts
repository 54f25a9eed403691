/** Exchanges the code that came back from the browser, and the verifier that never left the app, for a session. */
import { Failure } from '../../kernel/failure.ts'
import type { Call } from '../../kernel/module.ts'
import { insertAuditEntry } from './audit-log.ts'
import type { AuthContext } from './auth-context.ts'
import { runAll } from './email/auth-mail.ts'
import { endFlow } from './flow-state.ts'
import { clientOf, newSession } from './new-session.ts'
import { readRequestBody } from './request-body.ts'
import { proofNow, respondSession } from './session-response.ts'
import { selectUser } from './statements.ts'
import { onlyUser } from './user-view.ts'

const charsMax = 512

export async function grantByCode(context: AuthContext, call: Call): Promise<Response> {
  context.limits.signIns.take(call.clientAddress)
  const body = await readRequestBody(call)
  const code = body.text('auth_code')
  const verifier = body.text('code_verifier')
  if (code === '' || verifier === '')
    throw new Failure('validation_failed', {
      message: 'invalid request: both auth code and code verifier should be non-empty',
    })
  if (code.length > charsMax || code.includes('\0')) throw new Failure('flow_state_not_found', {})
  const errand = { failing: 'Database error granting user', signal: call.signal }
  const { user, session } = await context.store.transaction(errand, async (run) => {
    const flow = await endFlow(run, code, verifier)
    const known = onlyUser(await run(selectUser(flow.userId)))
    if (known.isBanned) throw new Failure('user_banned', { message: 'User is banned' })
    const started = newSession(known.id, flow.signInMethod, clientOf(call))
    const traits = { provider_type: flow.provider }
    await runAll(run, [
      ...started.statements,
      insertAuditEntry({ action: 'login', actor: known, ipAddress: call.clientAddress, traits }),
    ])
    return { user: onlyUser(await run(selectUser(known.id))), session: started }
  })
  return respondSession(context, user, { ...session, aal: 'aal1', proofs: [proofNow(session.method)] })
}

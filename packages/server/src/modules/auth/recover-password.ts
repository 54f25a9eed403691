/** `/recover`: sends a link to set a new password. Who asks for an address without an account is told the same. */
import { Failure } from '../../kernel/failure.ts'
import type { Call } from '../../kernel/module.ts'
import { insertAuditEntry } from './audit-log.ts'
import type { AuthContext } from './auth-context.ts'
import { readEmail } from './email-address.ts'
import { lockUser, mailing, runAll, tokenMail } from './email/auth-mail.ts'
import { insertFlowState, readChallenge } from './flow-state.ts'
import { readRequestBody } from './request-body.ts'
import { selectUserByEmail } from './statements.ts'

export async function recoverPassword(context: AuthContext, call: Call): Promise<Response> {
  context.limits.otps.take(call.clientAddress)
  if (!context.settings.isEmailEnabled) throw new Failure('email_login_disabled', {})
  const body = await readRequestBody(call)
  if (body.text('email') === '')
    throw new Failure('validation_failed', { message: 'Password recovery requires an email' })
  const email = readEmail(body.text('email'))
  const challenge = readChallenge(body)
  const redirectTo = context.redirects.choose(call)
  const errand = { failing: 'Unable to process request', signal: call.signal }
  await mailing(context, errand, async (run) => {
    const locked = await lockUser(run, selectUserByEmail(email))
    if (locked === undefined) return
    const { user } = locked
    await runAll(run, [
      insertAuditEntry({ action: 'user_recovery_requested', actor: user, ipAddress: call.clientAddress }),
      ...(challenge === undefined
        ? []
        : insertFlowState({ userId: user.id, provider: 'recovery', signInMethod: 'recovery', ...challenge })),
      ...tokenMail(context, 'recovery', { ...locked, redirectTo, isPkce: challenge !== undefined }),
    ])
  })
  return Response.json({})
}

/** Asks a signed-in user to prove once more who they are: sends a code, and takes it back as a nonce. */
import { raw, sql } from '../../db/index.ts'
import { Failure } from '../../kernel/failure.ts'
import type { Call } from '../../kernel/module.ts'
import { insertAuditEntry } from './audit-log.ts'
import type { AuthContext } from './auth-context.ts'
import { currentUser } from './current-user.ts'
import { lockUser, mailing, runAll, tokenMail } from './email/auth-mail.ts'
import { selectUser } from './statements.ts'
import type { User } from './user-view.ts'

export async function reauthenticate(context: AuthContext, call: Call): Promise<Response> {
  const { user } = await currentUser(context, call)
  if (user.email === '')
    throw new Failure('validation_failed', {
      message: 'Reauthentication requires the user to have an email or a phone number',
    })
  if (user.times.email_confirmed_at === undefined) throw new Failure('email_unverified', {})
  const errand = { failing: 'Error sending reauthentication email', signal: call.signal }
  await mailing(context, errand, async (run) => {
    const locked = await lockUser(run, selectUser(user.id))
    if (locked === undefined) return
    await runAll(run, [
      insertAuditEntry({
        action: 'user_reauthenticate_requested',
        actor: user,
        ipAddress: call.clientAddress,
      }),
      ...tokenMail(context, 'reauthentication', { ...locked, redirectTo: '', isPkce: false }),
    ])
  })
  return Response.json({})
}

/** Uses the code up, or refuses with `reauthentication_not_valid`. */
export async function useNonce(
  context: AuthContext,
  call: Call,
  used: { user: User; nonce: string },
): Promise<void> {
  const { user, nonce } = used
  context.limits.guesses.take(user.email)
  const [hash = ''] = context.oneTimeTokens.hashesOf(user.email, nonce)
  const [rows] = await context.store.run({
    statements: [
      sql`update auth.users set reauthentication_token = '' where id = ${user.id}
        and reauthentication_token = ${hash} and reauthentication_sent_at
          > now() - ${context.settings.otpSeconds}::integer * interval '1 second'
        returning id`,
      sql`delete from auth.one_time_tokens where user_id = ${user.id} and token_hash = ${hash}
        and token_type = ${raw(`'reauthentication_token'`)}`,
    ],
    failing: 'Error during reauthentication',
    signal: call.signal,
  })
  if (rows?.text(0, 0) !== user.id) throw new Failure('reauthentication_not_valid', {})
}

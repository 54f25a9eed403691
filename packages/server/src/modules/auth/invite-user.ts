/** An administrator invites somebody: makes the account, and sends a link that accepts it. */
import { Failure } from '../../kernel/failure.ts'
import type { Call } from '../../kernel/module.ts'
import { administrator, insertAuditEntry } from './audit-log.ts'
import type { AuthContext } from './auth-context.ts'
import type { RunStatement } from './auth-store.ts'
import { readEmail } from './email-address.ts'
import { lockUser, type LockedUser, mailing, ownerOf, runAll, tokenMail } from './email/auth-mail.ts'
import { insertNewUser, newUser, takenBy } from './new-user.ts'
import { type JsonObject, readRequestBody } from './request-body.ts'
import { selectUser } from './statements.ts'
import { onlyUser, showUser, userColumns } from './user-view.ts'

export async function inviteUser(context: AuthContext, call: Call): Promise<Response> {
  const body = await readRequestBody(call)
  const email = readEmail(body.text('email'))
  const profile = body.object('data') ?? {}
  const redirectTo = context.redirects.choose(call)
  const errand = { failing: 'Database error inviting user', signal: call.signal, explain: takenBy }
  const user = await mailing(context, errand, async (run) => {
    const locked = await invitedUser(run, email, profile)
    await runAll(run, [
      insertAuditEntry({
        action: 'user_invited',
        actor: administrator(call.identity.role),
        ipAddress: call.clientAddress,
        traits: { user_id: locked.user.id, user_email: email },
      }),
      ...tokenMail(context, 'invite', { ...locked, redirectTo, isPkce: false }),
    ])
    return onlyUser(await run(selectUser(locked.user.id)))
  })
  return Response.json(showUser(user))
}

/** The user with this address, made where there is none; one who has confirmed it cannot be invited. */
export async function invitedUser(
  run: RunStatement,
  email: string,
  profile: JsonObject,
): Promise<LockedUser> {
  const known = await lockUser(run, ownerOf(email, userColumns))
  if (known !== undefined) {
    if (known.user.times.email_confirmed_at !== undefined) throw new Failure('email_exists', {})
    return known
  }
  const user = newUser({ email, userMetadata: profile })
  await runAll(run, insertNewUser(user))
  const made = await lockUser(run, selectUser(user.id))
  if (made === undefined) throw new Failure('user_not_found', {})
  return made
}

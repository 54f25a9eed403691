/** Users take away one of the ways in which they sign in, but not the last one. */
import { type DatabaseError, type Rows, sql, type Sql } from '../../db/index.ts'
import { Failure } from '../../kernel/failure.ts'
import type { Call } from '../../kernel/module.ts'
import { insertAuditEntry } from './audit-log.ts'
import type { AuthContext } from './auth-context.ts'
import type { RunStatement } from './auth-store.ts'
import { currentUser, isUuid } from './current-user.ts'
import { lockUser, runAll, updateProviders } from './email/auth-mail.ts'
import { takenBy } from './new-user.ts'
import { clearOneTimeTokens, selectUser } from './statements.ts'

interface Identity {
  readonly id: string
  readonly provider: string
  readonly providerId: string
  /** In lower case; empty where it has none. */
  readonly email: string
  readonly isVerified: boolean
}

export async function unlinkIdentity(context: AuthContext, call: Call): Promise<Response> {
  if (!context.settings.isManualLinkingEnabled) throw new Failure('manual_linking_disabled', {})
  const id = call.params['id']?.toLowerCase()
  if (!isUuid(id)) throw new Failure('identity_id_invalid', {})
  const { user } = await currentUser(context, call)
  const errand = { failing: 'Database error deleting identity', signal: call.signal, explain: conflict }
  await context.store.transaction(errand, async (run) => {
    await lockUser(run, selectUser(user.id))
    const { gone, left } = await split(run, user.id, id)
    await runAll(run, [
      insertAuditEntry({
        action: 'identity_unlinked',
        actor: user,
        ipAddress: call.clientAddress,
        traits: { identity_id: gone.id, provider: gone.provider, provider_id: gone.providerId },
      }),
      sql`delete from auth.identities where id = ${gone.id}`,
      ...(gone.provider === 'phone'
        ? [sql`update auth.users set phone = null, phone_confirmed_at = null where id = ${user.id}`]
        : emailStatements(context, user, left)),
      updateProviders(user.id),
    ])
  })
  return Response.json({})
}

function conflict(error: DatabaseError): Failure | undefined {
  if (takenBy(error) === undefined) return undefined
  return new Failure('email_conflict_identity_not_deletable', {})
}

async function split(
  run: RunStatement,
  userId: string,
  id: string,
): Promise<{ gone: Identity; left: readonly Identity[] }> {
  const identities = readIdentities(
    await run(sql`select id, provider, provider_id, email,
        coalesce(identity_data ->> 'email_verified', 'false') = 'true' as is_verified
      from auth.identities where user_id = ${userId} order by created_at, id for update`),
  )
  if (identities.length <= 1) throw new Failure('single_identity_not_deletable', {})
  const gone = identities.find((identity) => identity.id === id)
  if (gone === undefined) throw new Failure('identity_not_found', {})
  return { gone, left: identities.filter((identity) => identity !== gone) }
}

function readIdentities(rows: Rows): Identity[] {
  return rows.objects().map((row) => ({
    id: String(row['id']),
    provider: String(row['provider']),
    providerId: String(row['provider_id']),
    email: typeof row['email'] === 'string' ? row['email'] : '',
    isVerified: row['is_verified'] === true,
  }))
}

/** The user's address must be one of an identity that is left: rather a verified one. What was sent before is void. */
function emailStatements(
  { settings }: AuthContext,
  user: { readonly id: string; readonly email: string },
  left: readonly Identity[],
): Sql[] {
  if (left.some(({ email }) => email === user.email)) return []
  const next = left.find((one) => one.isVerified && one.email !== '') ?? left.find((one) => one.email !== '')
  const isConfirmed = next !== undefined && (next.isVerified || !settings.isConfirmationRequired)
  const address = next === undefined ? sql`null` : sql`${next.email}`
  return [
    sql`update auth.users set email = ${address}, email_change = '', confirmation_token = '', recovery_token = '',
        email_change_token_new = '', email_change_token_current = '', reauthentication_token = ''
      where id = ${user.id}`,
    clearOneTimeTokens(user.id),
    ...(isConfirmed
      ? []
      : [
          sql`update auth.users set email_confirmed_at = null, raw_user_meta_data =
              coalesce(raw_user_meta_data, '{}') || '{"email_verified": false}' where id = ${user.id}`,
        ]),
  ]
}

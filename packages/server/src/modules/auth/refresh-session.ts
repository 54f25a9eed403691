/**
 * Exchanges a refresh token for a new pair. All of it is one transaction in one round trip: the first statement waits
 * for the session's lock, and each later one sees what was committed before it. A used token answers with its
 * successor while that is young or unused, because the answer may never have arrived; later, its session ends.
 */
import { raw, type Rows, sql, type Sql } from '../../db/index.ts'
import { Failure } from '../../kernel/failure.ts'
import type { Call } from '../../kernel/module.ts'
import type { AuthContext } from './auth-context.ts'
import { type Client, clientOf, isRefreshToken, newRefreshToken } from './new-session.ts'
import { isObject, readRequestBody } from './request-body.ts'
import { type IssuedSession, type Proof, respondSession } from './session-response.ts'
import { userColumns, readUsers, type User } from './user-view.ts'

export async function refreshSession(context: AuthContext, call: Call): Promise<Response> {
  context.limits.refreshes.take(call.clientAddress)
  const body = await readRequestBody(call)
  const token = body.text('refresh_token')
  if (!isRefreshToken(token)) throw new Failure('refresh_token_malformed', {})
  const { settings, store } = context
  const rows = await store.run({
    statements: refreshStatements({
      token,
      successor: newRefreshToken(),
      reuseSeconds: settings.reuseSeconds,
      isRotationEnabled: settings.isRotationEnabled,
      client: clientOf(call),
    }),
    failing: 'Database error refreshing session',
    signal: call.signal,
  })
  const { user, session } = readOutcome(rows.at(-1))
  return respondSession(context, user, session)
}

interface Refresh {
  readonly token: string
  readonly successor: string
  readonly reuseSeconds: number
  readonly isRotationEnabled: boolean
  readonly client: Client
}

function refreshStatements(refresh: Refresh): Sql[] {
  return [
    lockSession(refresh),
    useToken(refresh),
    ...(refresh.isRotationEnabled ? [revokeReusedFamily(refresh)] : []),
    touchSession(refresh),
    selectOutcome(refresh),
  ]
}

function lockSession({ token }: Refresh): Sql {
  return sql`select from auth.sessions s
    where s.id = (select session_id from auth.refresh_tokens where token = ${token}) for update`
}

const isUsable = raw(`(s.not_after is null or s.not_after > now())
  and exists (select from auth.users u where u.id = s.user_id and (u.banned_until is null or u.banned_until <= now()))`)

/** Revokes the token and puts its successor in its place; does nothing to one that was used before. */
function useToken({ token, successor }: Refresh): Sql {
  return sql`with used as (
      update auth.refresh_tokens t set revoked = true, updated_at = now()
      from auth.sessions s where t.token = ${token} and not t.revoked and s.id = t.session_id and ${isUsable}
      returning t.token, t.user_id, t.session_id
    )
    insert into auth.refresh_tokens
      (instance_id, token, user_id, revoked, created_at, updated_at, parent, session_id)
    select '00000000-0000-0000-0000-000000000000', ${successor}, user_id, false, now(), now(), token, session_id
    from used`
}

/** True for token `t` when the token that is active now was made from it, so that the client cannot have used it. */
const isParentOfActive = raw(`coalesce((select a.parent = t.token from auth.refresh_tokens a
  where a.session_id = t.session_id and not a.revoked order by a.id desc limit 1), false)`)

function isReplay(reuseSeconds: number): Sql {
  return sql`t.revoked and not ${isParentOfActive}
    and t.updated_at < now() - ${reuseSeconds}::double precision * interval '1 second'`
}

function revokeReusedFamily({ token, reuseSeconds }: Refresh): Sql {
  return sql`update auth.refresh_tokens f set revoked = true, updated_at = now()
    where not f.revoked and f.session_id = (
      select t.session_id from auth.refresh_tokens t where t.token = ${token} and ${isReplay(reuseSeconds)})`
}

function touchSession({ successor, client }: Refresh): Sql {
  return sql`update auth.sessions set refreshed_at = now() at time zone 'utc', updated_at = now(),
      user_agent = ${client.userAgent}, ip = ${client.ipAddress}
    where id = (select session_id from auth.refresh_tokens where token = ${successor})`
}

/** No row: no such token. Else what has become of it, with the token that is active now. */
function selectOutcome({ token, reuseSeconds }: Refresh): Sql {
  return sql`select ${userColumns}, s.id as session_id, coalesce(s.aal, 'aal1') as aal,
      s.not_after <= now() as is_expired, ${isReplay(reuseSeconds)} as is_replay,
      (select a.token from auth.refresh_tokens a
        where a.session_id = s.id and not a.revoked order by a.id desc limit 1) as active_token,
      (select json_agg(json_build_object('method', c.authentication_method,
          'timestamp', extract(epoch from c.updated_at)::bigint) order by c.updated_at desc)
        from auth.mfa_amr_claims c where c.session_id = s.id) as proofs
    from auth.refresh_tokens t
      join auth.sessions s on s.id = t.session_id
      join auth.users u on u.id = s.user_id
    where t.token = ${token}`
}

function readOutcome(rows: Rows | undefined): { user: User; session: IssuedSession } {
  const user = readUsers(rows)[0]
  const row = rows?.objects()[0]
  if (user === undefined || row === undefined) throw new Failure('refresh_token_not_found', {})
  if (user.isBanned) throw new Failure('user_banned', { message: 'Invalid Refresh Token: User Banned' })
  if (row['is_expired'] === true) throw new Failure('session_expired', {})
  const refreshToken = row['active_token']
  if (row['is_replay'] === true || typeof refreshToken !== 'string')
    throw new Failure('refresh_token_already_used', {})
  const proofs = Array.isArray(row['proofs']) ? row['proofs'].filter(isProof) : []
  return {
    user,
    session: { id: String(row['session_id']), refreshToken, aal: String(row['aal']), proofs },
  }
}

function isProof(value: unknown): value is Proof {
  return isObject(value) && typeof value['method'] === 'string' && typeof value['timestamp'] === 'number'
}

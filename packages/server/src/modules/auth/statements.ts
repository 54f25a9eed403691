/** The statements of accounts. Each is a value; who runs them together makes them one transaction. */
import { join, raw, sql, type Sql } from '../../db/index.ts'
import type { JsonObject } from './request-body.ts'
import { userColumns } from './user-view.ts'

/** The audience of all users: what apps find in `aud`. */
export const audience = 'authenticated'

const noInstance = raw(`'00000000-0000-0000-0000-000000000000'::uuid`)

export interface NewUser {
  readonly id: string
  readonly aud: string
  readonly role: string
  readonly email: string | null
  readonly phone: string | null
  readonly encryptedPassword: string | null
  readonly appMetadata: JsonObject
  readonly userMetadata: JsonObject
  readonly isAnonymous: boolean
}

/** Confirmed and signed in by statements of their own: apps have triggers on these changes. */
export function insertUser(user: NewUser): Sql {
  return sql`insert into auth.users (instance_id, id, aud, role, email, phone, encrypted_password,
      raw_app_meta_data, raw_user_meta_data, is_anonymous, created_at, updated_at,
      confirmation_token, recovery_token, email_change_token_new, email_change)
    values (${noInstance}, ${user.id}, ${user.aud}, ${user.role}, ${user.email}, ${user.phone},
      ${user.encryptedPassword}, ${JSON.stringify(user.appMetadata)}, ${JSON.stringify(user.userMetadata)},
      ${user.isAnonymous}, now(), now(), '', '', '', '')`
}

export interface NewIdentity {
  readonly userId: string
  readonly provider: 'email' | 'phone'
  readonly data: JsonObject
}

export function insertIdentity({ userId, provider, data }: NewIdentity): Sql {
  return sql`insert into auth.identities
      (provider_id, user_id, identity_data, provider, last_sign_in_at, created_at, updated_at)
    values (${userId}, ${userId}, ${JSON.stringify(data)}, ${provider}, now(), now(), now())`
}

/** Makes the identity of an address, or brings it up to date. */
export function saveIdentity({ userId, provider, data }: NewIdentity): Sql {
  return sql`${insertIdentity({ userId, provider, data })}
    on conflict (provider_id, provider) do update
      set identity_data = auth.identities.identity_data || excluded.identity_data, updated_at = now()`
}

export function confirmEmail(userId: string): Sql {
  return sql`update auth.users set email_confirmed_at = now(), confirmation_token = '', updated_at = now(),
      raw_user_meta_data = coalesce(raw_user_meta_data, '{}') || '{"email_verified": true}'::jsonb
    where id = ${userId}`
}

export function confirmPhone(userId: string): Sql {
  return sql`update auth.users set phone_confirmed_at = now(), confirmation_token = '', updated_at = now()
    where id = ${userId}`
}

type MetadataColumn = 'raw_user_meta_data' | 'raw_app_meta_data'

/** Keys with null are taken out, all others put in place; what is not named stays. */
export function mergeMetadata(userId: string, column: MetadataColumn, changes: JsonObject): Sql {
  const entries = Object.entries(changes)
  const put = Object.fromEntries(entries.filter(([, value]) => value !== null))
  const dropped = entries.filter(([, value]) => value === null).map(([name]) => name)
  const name = raw(column)
  return sql`update auth.users set updated_at = now(),
      ${name} = (coalesce(${name}, '{}') || ${JSON.stringify(put)}::jsonb)
        - array(select jsonb_array_elements_text(${JSON.stringify(dropped)}::jsonb))
    where id = ${userId}`
}

export interface UserChanges {
  readonly role?: string
  readonly email?: string
  readonly phone?: string
  readonly encryptedPassword?: string
  readonly isAnonymous?: false
}

/** Sets what is given. A new password also voids all that was sent to get around the old one. */
export function updateUser(userId: string, changes: UserChanges): Sql {
  const assignments = [
    [sql`updated_at = now()`],
    changes.role === undefined ? [] : [sql`role = ${changes.role}`],
    changes.email === undefined ? [] : [sql`email = ${changes.email}`],
    changes.phone === undefined ? [] : [sql`phone = ${changes.phone}`],
    changes.isAnonymous === undefined ? [] : [sql`is_anonymous = ${changes.isAnonymous}`],
    changes.encryptedPassword === undefined
      ? []
      : [
          sql`encrypted_password = ${changes.encryptedPassword}`,
          sql`confirmation_token = '', recovery_token = '', email_change_token_current = '',
            email_change_token_new = '', phone_change_token = '', reauthentication_token = '',
            confirmation_sent_at = null, recovery_sent_at = null, email_change_sent_at = null,
            phone_change_sent_at = null, reauthentication_sent_at = null`,
        ],
  ].flat()
  return sql`update auth.users set ${join(assignments, raw(', '))} where id = ${userId}`
}

export function clearOneTimeTokens(userId: string): Sql {
  return sql`delete from auth.one_time_tokens where user_id = ${userId}`
}

/** Bans for so many seconds; 0 lifts the ban. */
export function banUser(userId: string, seconds: number): Sql {
  const until = seconds === 0 ? sql`null` : sql`now() + ${seconds}::double precision * interval '1 second'`
  return sql`update auth.users set banned_until = ${until}, updated_at = now() where id = ${userId}`
}

export function selectUser(userId: string): Sql {
  return sql`select ${userColumns} from auth.users u where u.id = ${userId}`
}

/** Users of SSO may share an address with others and have no password, so they are not among these. */
export function selectUserByEmail(email: string): Sql {
  return sql`select ${userColumns} from auth.users u
    where u.email = ${email} and u.aud = ${audience} and not u.is_sso_user`
}

/** The user of a token; `session_is_young` is null when the token's session is gone. */
export function selectUserOfSession(userId: string, sessionId: string | null): Sql {
  return sql`select ${userColumns},
      (select s.created_at > now() - interval '24 hours' from auth.sessions s
        where s.id = ${sessionId}::uuid and s.user_id = u.id) as session_is_young
    from auth.users u where u.id = ${userId}`
}

export function selectUserPage(options: { page: number; perPage: number; filter: string }): Sql {
  const { page, perPage, filter } = options
  return sql`select ${userColumns} from auth.users u where ${matches(filter)}
    order by u.created_at desc, u.id limit ${perPage} offset ${(page - 1) * perPage}`
}

export function countUsers(filter: string): Sql {
  return sql`select count(*) as total from auth.users u where ${matches(filter)}`
}

function matches(filter: string): Sql {
  if (filter === '') return sql`u.aud = ${audience}`
  const pattern = `%${filter.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`
  return sql`u.aud = ${audience}
    and (u.email like ${pattern} or u.raw_user_meta_data ->> 'full_name' ilike ${pattern})`
}

export function replacePasswordHash(userId: string, old: string, replacement: string): Sql {
  return sql`update auth.users set encrypted_password = ${replacement}
    where id = ${userId} and encrypted_password = ${old}`
}

export function deleteUser(userId: string): Sql {
  return sql`delete from auth.users where id = ${userId}`
}

/** Keeps the row that other tables point to, and nothing that says who it was. */
export function softDeleteUser(userId: string): Sql[] {
  return [
    sql`update auth.users u set
        email = ${veiled('email')}, phone = left(${veiled('phone')}, 15),
        email_change = ${veiled('email_change')}, phone_change = left(${veiled('phone_change')}, 15),
        encrypted_password = null, confirmation_token = '', recovery_token = '', email_change_token_current = '',
        email_change_token_new = '', phone_change_token = '', raw_app_meta_data = '{}',
        raw_user_meta_data = '{}', deleted_at = now(), updated_at = now()
      where id = ${userId} and deleted_at is null`,
    sql`update auth.identities u set identity_data = '{}', provider_id = ${veiled('provider_id')}
      where user_id = ${userId}`,
    sql`delete from auth.mfa_factors where user_id = ${userId}`,
    clearOneTimeTokens(userId),
    deleteSessions(userId, 'global', null),
  ]
}

/** A value that differs between users, and that nobody can turn back. */
function veiled(column: 'email' | 'phone' | 'email_change' | 'phone_change' | 'provider_id'): Sql {
  return sql`encode(sha256(convert_to(u.id::text || coalesce(u.${raw(column)}, ''), 'UTF8')), 'hex')`
}

export type SignOutScope = 'global' | 'local' | 'others'

/** Ends sessions of a user. A token without a session can only end them all. */
export function deleteSessions(userId: string, scope: SignOutScope, sessionId: string | null): Sql {
  const all = sql`delete from auth.sessions where user_id = ${userId}`
  if (sessionId === null || scope === 'global') return all
  return scope === 'local' ? sql`${all} and id = ${sessionId}` : sql`${all} and id <> ${sessionId}`
}

/** A user: how it is selected, and how GoTrue's clients see it. */
import { ident, join, raw, type Rows, sql, type Sql } from '../../db/index.ts'
import { Failure } from '../../kernel/failure.ts'
import { isObject, type JsonObject } from './request-body.ts'

/** Times that are shown only when they are set. */
const shownTimes = [
  'email_confirmed_at',
  'invited_at',
  'phone_confirmed_at',
  'confirmation_sent_at',
  'confirmed_at',
  'recovery_sent_at',
  'email_change_sent_at',
  'phone_change_sent_at',
  'reauthentication_sent_at',
  'last_sign_in_at',
  'banned_until',
  'deleted_at',
] as const

export interface User {
  readonly id: string
  readonly aud: string
  readonly role: string
  readonly email: string
  readonly phone: string
  readonly newEmail: string
  readonly newPhone: string
  readonly encryptedPassword: string | null
  readonly isAnonymous: boolean
  readonly isSsoUser: boolean
  readonly isBanned: boolean
  readonly appMetadata: JsonObject
  readonly userMetadata: JsonObject
  readonly identities: readonly unknown[]
  readonly factors: readonly unknown[]
  readonly createdAt: string
  readonly updatedAt: string
  /** Those of `shownTimes` that are set. */
  readonly times: Readonly<Partial<Record<(typeof shownTimes)[number], string>>>
}

const comma = raw(', ')

/** RFC 3339 in UTC with microseconds, as Go writes it. */
function utc(table: string, column: string): Sql {
  return sql`to_char(${ident(table, column)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
}

function utcColumns(columns: readonly string[]): Sql {
  return join(
    columns.map((column) => sql`${utc('u', column)} as ${ident(column)}`),
    comma,
  )
}

const identities = sql`(
  select json_agg(json_build_object(
    'identity_id', i.id, 'id', i.provider_id, 'user_id', i.user_id, 'identity_data', i.identity_data,
    'provider', i.provider, 'last_sign_in_at', ${utc('i', 'last_sign_in_at')},
    'created_at', ${utc('i', 'created_at')}, 'updated_at', ${utc('i', 'updated_at')}, 'email', i.email
  ) order by i.created_at, i.id)
  from auth.identities i where i.user_id = u.id) as identities`

const factors = sql`(
  select json_agg(json_build_object(
    'id', f.id, 'created_at', ${utc('f', 'created_at')}, 'updated_at', ${utc('f', 'updated_at')},
    'status', f.status, 'friendly_name', f.friendly_name, 'factor_type', f.factor_type
  ) order by f.created_at, f.id)
  from auth.mfa_factors f where f.user_id = u.id) as factors`

/** Everything that `readUser` reads, from `auth.users u`. */
export const userColumns: Sql = join(
  [
    sql`u.id, u.aud, u.role, u.email, u.phone, u.email_change, u.phone_change, u.encrypted_password`,
    sql`u.is_anonymous, u.is_sso_user, coalesce(u.banned_until > now(), false) as is_banned`,
    sql`u.raw_app_meta_data, u.raw_user_meta_data`,
    utcColumns(['created_at', 'updated_at', ...shownTimes]),
    identities,
    factors,
  ],
  comma,
)

/** The users of an answer that selected `userColumns`. */
export function readUsers(rows: Rows | undefined): User[] {
  return (rows?.objects() ?? []).map(readUser)
}

/** The user of an answer that must hold exactly one, such as that of a user who was just written. */
export function onlyUser(rows: Rows | undefined): User {
  const [user] = readUsers(rows)
  if (user === undefined) throw new Failure('user_not_found', {})
  return user
}

function readUser(row: Readonly<Record<string, unknown>>): User {
  const text = (name: string): string => textOrNull(row[name]) ?? ''
  const times = shownTimes.flatMap((name) => {
    const value = textOrNull(row[name])
    return value === null ? [] : [[name, value] as const]
  })
  return {
    id: text('id'),
    aud: text('aud'),
    role: text('role'),
    email: text('email'),
    phone: text('phone'),
    newEmail: text('email_change'),
    newPhone: text('phone_change'),
    encryptedPassword: textOrNull(row['encrypted_password']),
    isAnonymous: row['is_anonymous'] === true,
    isSsoUser: row['is_sso_user'] === true,
    isBanned: row['is_banned'] === true,
    appMetadata: objectOf(row['raw_app_meta_data']),
    userMetadata: objectOf(row['raw_user_meta_data']),
    identities: arrayOf(row['identities']),
    factors: arrayOf(row['factors']),
    createdAt: text('created_at'),
    updatedAt: text('updated_at'),
    times: Object.fromEntries(times),
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {}
}

function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** The user as JSON for clients. Holds no secrets. */
export function showUser(user: User): JsonObject {
  return {
    id: user.id,
    aud: user.aud,
    role: user.role,
    email: user.email,
    phone: user.phone,
    ...user.times,
    ...(user.newEmail === '' ? {} : { new_email: user.newEmail }),
    ...(user.newPhone === '' ? {} : { new_phone: user.newPhone }),
    app_metadata: user.appMetadata,
    user_metadata: user.userMetadata,
    ...(user.factors.length === 0 ? {} : { factors: user.factors }),
    identities: user.identities.map(showIdentity),
    created_at: user.createdAt,
    updated_at: user.updatedAt,
    is_anonymous: user.isAnonymous,
  }
}

function showIdentity(identity: unknown): unknown {
  if (!isObject(identity)) return identity
  return Object.fromEntries(Object.entries(identity).filter(([, value]) => value !== null))
}

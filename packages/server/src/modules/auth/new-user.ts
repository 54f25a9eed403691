/** A new user with the identities it can be known by: how it is put together and written. */
import { randomUUID } from 'node:crypto'
import type { DatabaseError, Sql } from '../../db/index.ts'
import { Failure } from '../../kernel/failure.ts'
import type { JsonObject } from './request-body.ts'
import {
  audience,
  insertIdentity,
  insertUser,
  mergeMetadata,
  type NewIdentity,
  type NewUser,
} from './statements.ts'

export interface GivenUser {
  readonly id?: string
  readonly aud?: string
  readonly role?: string
  readonly email?: string
  readonly phone?: string
  readonly encryptedPassword?: string
  readonly userMetadata: JsonObject
}

/** A user without e-mail and phone is anonymous. */
export function newUser(given: GivenUser): NewUser {
  const providers = [
    ...(given.email === undefined ? [] : ['email']),
    ...(given.phone === undefined ? [] : ['phone']),
  ]
  const [provider] = providers
  return {
    id: given.id ?? randomUUID(),
    aud: given.aud ?? audience,
    role: given.role ?? audience,
    email: given.email ?? null,
    phone: given.phone ?? null,
    encryptedPassword: given.encryptedPassword ?? null,
    appMetadata: provider === undefined ? {} : { provider, providers },
    userMetadata: given.userMetadata,
    isAnonymous: provider === undefined,
  }
}

/** Writes the user, then its identities: an app's triggers on users see the user first, as with GoTrue. */
export function insertNewUser(user: NewUser, profile: JsonObject = {}): Sql[] {
  return [insertUser(user), ...identitiesOf(user, profile).map(insertIdentity)]
}

/** As `insertNewUser`, and the user's own metadata says which address it was made with, as GoTrue's do after a sign-up. */
export function insertNewAccount(user: NewUser, profile: JsonObject): Sql[] {
  const known = emailIdentityData(user.id, user.email ?? '', profile)
  return [...insertNewUser(user, profile), mergeMetadata(user.id, 'raw_user_meta_data', known)]
}

function identitiesOf(user: NewUser, profile: JsonObject): NewIdentity[] {
  const identities: NewIdentity[] = []
  if (user.email !== null)
    identities.push({
      userId: user.id,
      provider: 'email',
      data: emailIdentityData(user.id, user.email, profile),
    })
  if (user.phone !== null)
    identities.push({ userId: user.id, provider: 'phone', data: phoneIdentityData(user.id, user.phone) })
  return identities
}

/** What users say about themselves never replaces what the identity is known by. */
export function emailIdentityData(userId: string, email: string, profile: JsonObject = {}): JsonObject {
  return { ...profile, sub: userId, email, email_verified: false, phone_verified: false }
}

export function phoneIdentityData(userId: string, phone: string): JsonObject {
  return { sub: userId, phone, email_verified: false, phone_verified: false }
}

/** The refusal for a value that another user has; undefined for any other error. */
export function takenBy(error: DatabaseError): Failure | undefined {
  if (error.sqlstate !== '23505' || error.fields.schema !== 'auth') return undefined
  if (error.fields.constraint === 'users_email_partial_key') return new Failure('email_exists', {})
  if (error.fields.constraint === 'users_phone_key') return new Failure('phone_exists', {})
  return undefined
}

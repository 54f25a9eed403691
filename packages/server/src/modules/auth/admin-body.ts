/** What an administrator may say about a user, read from the body of a request. */
import { Failure } from '../../kernel/failure.ts'
import type { Call } from '../../kernel/module.ts'
import type { AuthContext } from './auth-context.ts'
import { isUuid } from './current-user.ts'
import { readBanDuration } from './duration.ts'
import { readEmail } from './email-address.ts'
import { refuseWeakPassword } from './password-rules.ts'
import { readPhone } from './phone-number.ts'
import { type JsonObject, readRequestBody } from './request-body.ts'

export interface AdminFields {
  readonly id: string | undefined
  readonly aud: string | undefined
  readonly role: string | undefined
  readonly email: string | undefined
  readonly phone: string | undefined
  /** Not yet hashed. */
  readonly password: string | undefined
  readonly passwordHash: string | undefined
  readonly isEmailConfirmed: boolean
  readonly isPhoneConfirmed: boolean
  readonly userMetadata: JsonObject | undefined
  readonly appMetadata: JsonObject | undefined
  readonly banSeconds: number | undefined
}

export async function readAdminFields({ settings, hasher }: AuthContext, call: Call): Promise<AdminFields> {
  const body = await readRequestBody(call)
  const given = (name: string): string | undefined => {
    const value = body.text(name)
    return value === '' ? undefined : value
  }
  const password = given('password')
  if (password !== undefined) refuseWeakPassword(password, settings)
  const passwordHash = given('password_hash')
  if (password !== undefined && passwordHash !== undefined)
    throw new Failure('validation_failed', {
      message: 'Only a password or a password hash should be provided',
    })
  if (passwordHash !== undefined && !hasher.canVerify(passwordHash))
    throw new Failure('validation_failed', { message: 'This kind of password hash is not supported' })
  return {
    id: readId(given('id')),
    aud: readName(given('aud'), 'aud'),
    role: readName(given('role')?.trim(), 'role'),
    email: mapped(given('email'), readEmail),
    phone: mapped(given('phone'), readPhone),
    password,
    passwordHash,
    isEmailConfirmed: body.flag('email_confirm'),
    isPhoneConfirmed: body.flag('phone_confirm'),
    userMetadata: body.object('user_metadata'),
    appMetadata: body.object('app_metadata'),
    banSeconds: mapped(given('ban_duration'), readBanDuration),
  }
}

function mapped<T>(value: string | undefined, read: (value: string) => T): T | undefined {
  return value === undefined ? undefined : read(value)
}

function readId(id: string | undefined): string | undefined {
  if (id === undefined) return undefined
  if (!isUuid(id))
    throw new Failure('validation_failed', { message: 'ID must conform to the uuid v4 format' })
  if (/^[0-]+$/.test(id)) throw new Failure('validation_failed', { message: 'ID cannot be a nil uuid' })
  return id.toLowerCase()
}

/** Names that end up in tokens: within what the column holds, and nothing that cannot be stored. */
function readName(name: string | undefined, field: string): string | undefined {
  if (name === undefined) return undefined
  if (name.length <= 255 && !name.includes('\0')) return name
  throw new Failure('validation_failed', { message: `${field} is not valid` })
}

/** What a one-time token does when it comes back: confirms an address, signs in, or changes an address. Each works once. */
import { join, raw, type Rows, sql, type Sql } from '../../db/index.ts'
import { Failure } from '../../kernel/failure.ts'
import { insertAuditEntry } from './audit-log.ts'
import type { AuthContext } from './auth-context.ts'
import type { RunStatement } from './auth-store.ts'
import { runAll, updateProviders } from './email/auth-mail.ts'
import { clearToken, isOutdated, type TokenType } from './email/one-time-token.ts'
import { clearOneTimeTokens, confirmEmail, saveIdentity, selectUser } from './statements.ts'
import { onlyUser, readUsers, type User, userColumns } from './user-view.ts'

export const verificationTypes = [
  'signup',
  'invite',
  'recovery',
  'magiclink',
  'email_change',
  'email',
] as const

export type VerificationType = (typeof verificationTypes)[number]

export interface Verification {
  readonly type: VerificationType
  /** Any of these. */
  readonly hashes: readonly string[]
  readonly clientAddress: string
  /** What is said when there is no such token, or it is too old. */
  readonly refusal: string
}

/** `half` when the other address must confirm the change too. */
export type Verified =
  | { readonly kind: 'half' }
  | { readonly kind: 'whole'; readonly user: User; readonly type: VerificationType }

const tokenTypes: Readonly<Record<VerificationType, readonly TokenType[]>> = {
  signup: ['confirmation_token'],
  invite: ['confirmation_token'],
  recovery: ['recovery_token'],
  magiclink: ['recovery_token'],
  email_change: ['email_change_token_current', 'email_change_token_new'],
  email: ['confirmation_token', 'recovery_token'],
}

/** Within the transaction of `run`. */
export async function verifyToken(
  context: AuthContext,
  run: RunStatement,
  verification: Verification,
): Promise<Verified> {
  const found = await takeToken(context, run, verification)
  const { user } = found
  const type = exactType(verification.type, found.tokenType)
  if (type === 'email_change' && isFirstOfTwo(context, found)) {
    await runAll(run, [
      sql`update auth.users set email_change_confirm_status = 1 where id = ${user.id}`,
      ...clearToken(user.id, found.tokenType),
    ])
    return { kind: 'half' }
  }
  await runAll(run, [...effects(type, user, verification.clientAddress), updateProviders(user.id)])
  return { kind: 'whole', user: onlyUser(await run(selectUser(user.id))), type }
}

interface Found {
  readonly user: User
  readonly tokenType: TokenType
  readonly changeStatus: number
}

/** The user of the token, whose row and token nobody else touches from here on. */
async function takeToken(
  { settings }: AuthContext,
  run: RunStatement,
  { type, hashes, refusal }: Verification,
): Promise<Found> {
  const comma = raw(', ')
  const wanted = join(
    hashes.map((hash) => sql`${hash}`),
    comma,
  )
  const types = join(
    tokenTypes[type].map((name) => raw(`'${name}'`)),
    comma,
  )
  const rows = await run(sql`select ${userColumns}, t.token_type::text as token_type,
      ${isOutdated(settings.otpSeconds)} as is_outdated, u.email_change_confirm_status as change_status
    from auth.one_time_tokens t join auth.users u on u.id = t.user_id
    where t.token_hash in (${wanted}) and t.token_type in (${types}) for update of t, u`)
  const found = readFound(rows)
  if (found === undefined) throw new Failure('otp_expired', { message: refusal })
  if (found.user.isBanned) throw new Failure('user_banned_now', {})
  if (found.isOutdated) throw new Failure('otp_expired', { message: refusal })
  return found
}

function readFound(rows: Rows): (Found & { isOutdated: boolean }) | undefined {
  const user = readUsers(rows)[0]
  const row = rows.objects()[0]
  if (user === undefined || row === undefined) return undefined
  const tokenType = Object.values(tokenTypes)
    .flat()
    .find((type) => type === row['token_type'])
  if (tokenType === undefined) return undefined
  return {
    user,
    tokenType,
    changeStatus: Number(row['change_status']),
    isOutdated: row['is_outdated'] === true,
  }
}

/** `email` stands for whichever of the two the token is for. */
function exactType(type: VerificationType, tokenType: TokenType): VerificationType {
  if (type !== 'email') return type
  return tokenType === 'confirmation_token' ? 'signup' : 'magiclink'
}

function isFirstOfTwo({ settings }: AuthContext, { user, changeStatus }: Found): boolean {
  return (
    settings.isConfirmationRequired && settings.isEmailChangeDouble && changeStatus === 0 && user.email !== ''
  )
}

function effects(type: VerificationType, user: User, ipAddress: string): Sql[] {
  const signedUp = insertAuditEntry({
    action: 'user_signedup',
    actor: user,
    ipAddress,
    traits: { provider: 'email' },
  })
  switch (type) {
    case 'signup':
    case 'invite':
    case 'email':
      return [signedUp, ...confirmAddress(user)]
    case 'recovery':
    case 'magiclink': {
      const recover = [
        sql`update auth.users set recovery_token = '', updated_at = now() where id = ${user.id}`,
        clearOneTimeTokens(user.id),
      ]
      return user.times.email_confirmed_at === undefined
        ? [...recover, signedUp, ...confirmAddress(user)]
        : [...recover, insertAuditEntry({ action: 'login', actor: user, ipAddress })]
    }
    case 'email_change':
      return [insertAuditEntry({ action: 'user_modified', actor: user, ipAddress }), ...changeAddress(user)]
  }
}

function confirmAddress({ id, email }: User): Sql[] {
  return [
    confirmEmail(id),
    clearOneTimeTokens(id),
    sql`update auth.identities set updated_at = now(), identity_data = identity_data || '{"email_verified": true}'
      where user_id = ${id} and email = ${email} and email <> ''`,
  ]
}

function changeAddress({ id, newEmail, times }: User): Sql[] {
  const data = { sub: id, email: newEmail, email_verified: true }
  return [
    saveIdentity({ userId: id, provider: 'email', data }),
    sql`update auth.users set email = ${newEmail}, email_change = '', email_change_token_current = '',
        email_change_token_new = '', email_change_confirm_status = 0, is_anonymous = false, updated_at = now()
      where id = ${id}`,
    clearOneTimeTokens(id),
    ...(times.email_confirmed_at === undefined ? [confirmEmail(id)] : []),
  ]
}

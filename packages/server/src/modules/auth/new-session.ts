/** A new session: what every way of signing in ends with. */
import { randomInt, randomUUID } from 'node:crypto'
import { isIP } from 'node:net'
import { sql, type Sql } from '../../db/index.ts'
import type { Call } from '../../kernel/module.ts'

/** How someone signed in, as the `amr` claim says it. */
export type SignInMethod =
  | 'password'
  | 'anonymous'
  | 'otp'
  | 'magiclink'
  | 'recovery'
  | 'invite'
  | 'email/signup'
  | 'email_change'

/** Where a session is used from. */
export interface Client {
  readonly userAgent: string | null
  readonly ipAddress: string | null
}

export interface NewSession {
  readonly id: string
  readonly refreshToken: string
  readonly method: string
  readonly statements: readonly Sql[]
}

const userAgentCharsMax = 1024

export function clientOf(call: Call): Client {
  const userAgent = call.request.headers.get('user-agent')?.slice(0, userAgentCharsMax) ?? null
  // The zone of a link-local address is no part of it for PostgreSQL.
  const address = call.clientAddress.replace(/%.*$/, '')
  return { userAgent, ipAddress: isIP(address) === 0 ? null : address }
}

export function newSession(userId: string, method: string, client: Client): NewSession {
  const id = randomUUID()
  const refreshToken = newRefreshToken()
  return {
    id,
    refreshToken,
    method,
    statements: [
      sql`insert into auth.sessions (id, user_id, created_at, updated_at, aal, user_agent, ip)
        values (${id}, ${userId}, now(), now(), 'aal1', ${client.userAgent}, ${client.ipAddress})`,
      sql`insert into auth.refresh_tokens
          (instance_id, token, user_id, revoked, created_at, updated_at, session_id)
        values ('00000000-0000-0000-0000-000000000000', ${refreshToken}, ${userId}, false, now(), now(), ${id})`,
      sql`insert into auth.mfa_amr_claims (id, session_id, created_at, updated_at, authentication_method)
        values (${randomUUID()}, ${id}, now(), now(), ${method})`,
      sql`update auth.users set last_sign_in_at = now(), updated_at = now() where id = ${userId}`,
    ],
  }
}

const tokenAlphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'
/** 124 bits; GoTrue's have 12 characters, and clients take any. */
const refreshTokenChars = 24

export function newRefreshToken(): string {
  return Array.from({ length: refreshTokenChars }, () => tokenAlphabet[randomInt(tokenAlphabet.length)]).join(
    '',
  )
}

/** What can be a refresh token at all, ours or one that came along from GoTrue. */
export function isRefreshToken(text: string): boolean {
  return /^[\w-]{12,255}$/.test(text)
}

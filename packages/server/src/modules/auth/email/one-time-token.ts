/**
 * Codes and links that work once. What is kept, and stands in links, is a keyed hash of address and code: nobody can
 * compute the link from the few codes there are, nor the code from the tables.
 */
import { createHmac, randomInt } from 'node:crypto'
import { join, raw, sql, type Sql } from '../../../db/index.ts'

/** The columns of `auth.users` have the same names. */
export type TokenType =
  | 'confirmation_token'
  | 'recovery_token'
  | 'reauthentication_token'
  | 'email_change_token_new'
  | 'email_change_token_current'

export interface OneTimeToken {
  /** Digits, for people to type. */
  readonly code: string
  /** What is kept. In the PKCE flow it begins with `pkce_`. */
  readonly hash: string
}

export interface OneTimeTokens {
  create(address: string, isPkce: boolean): OneTimeToken
  /** The hashes that stand for a code which somebody typed. */
  hashesOf(address: string, code: string): readonly string[]
}

export const pkcePrefix = 'pkce_'

/** `secret` is the one that all servers of a database share. */
export function createOneTimeTokens(secret: string, codeLength: number): OneTimeTokens {
  const key = createHmac('sha256', secret).update('plinth one-time tokens').digest()
  const hashOf = (address: string, code: string): string =>
    createHmac('sha224', key).update(`${address.toLowerCase()}\n${code}`).digest('hex')
  return {
    create: (address, isPkce) => {
      const code = Array.from({ length: codeLength }, () => randomInt(10)).join('')
      return { code, hash: `${isPkce ? pkcePrefix : ''}${hashOf(address, code)}` }
    },
    hashesOf: (address, code) => {
      const hash = hashOf(address, code)
      return [hash, `${pkcePrefix}${hash}`]
    },
  }
}

export interface SavedToken {
  readonly userId: string
  readonly type: TokenType
  /** The address that it was sent to. */
  readonly relatesTo: string
  readonly hash: string
}

const sentColumns = {
  confirmation_token: 'confirmation_sent_at',
  recovery_token: 'recovery_sent_at',
  reauthentication_token: 'reauthentication_sent_at',
  email_change_token_new: 'email_change_sent_at',
  email_change_token_current: 'email_change_sent_at',
} as const satisfies Record<TokenType, string>

/** In place of an earlier one of the same type. */
export function saveToken({ userId, type, relatesTo, hash }: SavedToken): Sql[] {
  return [
    sql`update auth.users set ${raw(type)} = ${hash}, ${raw(sentColumns[type])} = now(), updated_at = now()
      where id = ${userId}`,
    sql`insert into auth.one_time_tokens (id, user_id, token_type, token_hash, relates_to)
      values (gen_random_uuid(), ${userId}, ${type}, ${hash}, ${relatesTo.toLowerCase()})
      on conflict (user_id, token_type) do update
        set token_hash = excluded.token_hash, relates_to = excluded.relates_to,
          created_at = now(), updated_at = now()`,
  ]
}

export function clearToken(userId: string, type: TokenType): Sql[] {
  return [
    sql`update auth.users set ${raw(type)} = '' where id = ${userId}`,
    sql`delete from auth.one_time_tokens where user_id = ${userId} and token_type = ${type}`,
  ]
}

/** When what a token of `table t` stands for was sent, by `table u`. */
const sentAt = sql`case t.token_type ${join(
  Object.entries(sentColumns).map(([type, column]) => sql`when ${raw(`'${type}'`)} then u.${raw(column)}`),
  raw(' '),
)} end`

/** True for a token of `t` that is too old. */
export function isOutdated(seconds: number): Sql {
  return sql`coalesce(${sentAt} + ${seconds}::integer * interval '1 second' < now(), true)`
}

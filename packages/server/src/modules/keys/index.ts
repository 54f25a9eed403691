/** Front door of the project's keys: who is asking, and tokens of our own. */
import type { Claims, Identity } from '@plinth/protocol'
import { defineToken } from '../../kernel/module.ts'

/** The keys that apps and tools use. All but `anonKey` and `publishableKey` are secrets. */
export interface ProjectKeys {
  /** Long-lived HS256 token of role `anon`. */
  readonly anonKey: string
  /** Long-lived HS256 token of role `service_role`. */
  readonly serviceRoleKey: string
  /** Short form of the anon key: `sb_publishable_…`. */
  readonly publishableKey: string
  /** Short form of the service key: `sb_secret_…`. */
  readonly secretKey: string
  /** The HS256 secret. */
  readonly jwtSecret: string
}

export interface Keys {
  readonly project: ProjectKeys
  /**
   * Who is asking, from `apikey` (header or query parameter) and `Authorization`. Answers without waiting when the
   * token was verified before. Rejects with a `key_…` or `token_…` failure.
   */
  identify(request: Request): Identity | Promise<Identity>
  /** A token signed with the current asymmetric key (ES256). `iat` and `exp` are added. */
  sign(claims: Claims, expiresInSeconds: number): Promise<string>
  /** The public halves of all keys that verify tokens, as a JWK set (RFC 7517). */
  jwks(): { readonly keys: readonly Record<string, unknown>[] }
}

export const keysToken = defineToken<Keys>('keys')

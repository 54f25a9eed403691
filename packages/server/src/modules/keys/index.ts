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

/** PostgREST's rules for tokens. */
export interface TokenRules {
  /** A text, a JWK or a JWK set; undefined for none but the project's keys. */
  readonly secret: string | undefined
  readonly isSecretBase64: boolean
  readonly audience: string | undefined
  /** Where in the claims the role stands. */
  readonly rolePath: string
  /** The role of callers without one; undefined for none: they are refused. */
  readonly anonRole: string | undefined
  /** Neither the project's keys nor its tokens mean anything here. */
  readonly isAlone: boolean
  readonly cacheEntriesMax: number
}

export interface Keys {
  readonly project: ProjectKeys
  /**
   * Who is asking, from `apikey` (header or query parameter) and `Authorization`. Answers without waiting when the
   * token was verified before. Rejects with a `key_…` or `token_…` failure.
   */
  identify(request: Request): Identity | Promise<Identity>
  /** The same for a surface that has rules of its own. Refuses with `keys_invalid` or `setting_invalid`. */
  identifyBy(rules: TokenRules): (request: Request) => Identity
  /** A token signed with the current asymmetric key (ES256). `iat` and `exp` are added. */
  sign(claims: Claims, expiresInSeconds: number): Promise<string>
  /** The public halves of all keys that verify tokens, as a JWK set (RFC 7517). */
  jwks(): { readonly keys: readonly Record<string, unknown>[] }
}

export const keysToken = defineToken<Keys>('keys')

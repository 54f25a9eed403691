/** What every use case of accounts works with. */
import type { SettingsOf } from '../../kernel/settings.ts'
import type { Keys } from '../keys/index.ts'
import type { Messaging } from '../messaging/index.ts'
import type { AuthStore } from './auth-store.ts'
import type { OneTimeTokens } from './email/one-time-token.ts'
import type { RedirectRules } from './email/redirect-rules.ts'
import type { PasswordHasher } from './password-hasher.ts'
import type { RateLimit } from './rate-limit.ts'
import type { authSettings } from './settings.ts'

export interface AuthContext {
  readonly settings: SettingsOf<typeof authSettings>
  readonly keys: Keys
  readonly store: AuthStore
  readonly hasher: PasswordHasher
  readonly limits: AuthLimits
  readonly messaging: Messaging
  readonly oneTimeTokens: OneTimeTokens
  readonly redirects: RedirectRules
  readonly issuer: string
  /** The URL of this surface as clients and browsers reach it, without a slash at the end. */
  readonly publicUrl: string
}

export interface AuthLimits {
  readonly signIns: RateLimit
  readonly refreshes: RateLimit
  readonly anonymous: RateLimit
  /** Requests that may send something to somebody. */
  readonly otps: RateLimit
  readonly verifications: RateLimit
  /** Codes that are tried for one address of e-mail, from wherever. */
  readonly guesses: RateLimit
  /** All e-mails together. */
  readonly emails: RateLimit
}

/** What every use case of accounts works with. */
import type { SettingsOf } from '../../kernel/settings.ts'
import type { Keys } from '../keys/index.ts'
import type { AuthStore } from './auth-store.ts'
import type { PasswordHasher } from './password-hasher.ts'
import type { RateLimit } from './rate-limit.ts'
import type { authSettings } from './settings.ts'

export interface AuthContext {
  readonly settings: SettingsOf<typeof authSettings>
  readonly keys: Keys
  readonly store: AuthStore
  readonly hasher: PasswordHasher
  readonly limits: AuthLimits
  readonly issuer: string
}

export interface AuthLimits {
  readonly signIns: RateLimit
  readonly refreshes: RateLimit
  readonly anonymous: RateLimit
}

/** Accounts: users, sessions and their tokens, on GoTrue's wire. */
import { dbToken } from '../../db/index.ts'
import { defineModule } from '../../kernel/module.ts'
import type { SettingsOf } from '../../kernel/settings.ts'
import { keysToken } from '../keys/index.ts'
import type { AuthLimits } from './auth-context.ts'
import { openAuthStore } from './auth-store.ts'
import { refuseAsGoTrue } from './failure-format.ts'
import { authToken } from './index.ts'
import { accountsMigration } from './migrations/0001-accounts.ts'
import { sessionsMigration } from './migrations/0002-sessions.ts'
import { accessMigration } from './migrations/0003-access.ts'
import { createPasswordHasher } from './password-hasher.ts'
import { createRateLimit } from './rate-limit.ts'
import { authRoutes } from './routes.ts'
import { authSettings } from './settings.ts'

type Settings = SettingsOf<typeof authSettings>

const prefix = '/auth/v1'

export const authModule = defineModule({
  provides: authToken,
  needs: { db: dbToken, keys: keysToken },
  settings: authSettings,
  migrations: [accountsMigration, sessionsMigration, accessMigration],
  async start({ settings, needs, observe }) {
    if (settings.isConfirmationRequired)
      observe('warning', {
        message:
          'auth.email.enable_confirmations is on, but Plinth sends no mail yet: new users stay unconfirmed until an administrator confirms them',
      })
    const issuer = issuerOf(settings)
    const context = {
      settings,
      issuer,
      keys: needs.keys,
      store: await openAuthStore(needs.db, observe),
      hasher: await createPasswordHasher(settings),
      limits: limitsOf(settings),
    }
    return {
      api: { issuer },
      surfaces: [{ prefix, routes: authRoutes(context), refuse: refuseAsGoTrue }],
    }
  },
})

function issuerOf(settings: Settings): string {
  if (settings.jwtIssuer !== undefined) return settings.jwtIssuer
  // Nobody can call 0.0.0.0; it only says on which addresses we listen.
  const host = /^(?:0\.0\.0\.0|::|\[::\])$/.test(settings.host) ? '127.0.0.1' : settings.host
  const url = settings.externalUrl ?? `http://${host}:${settings.port}`
  return `${url.replace(/\/+$/, '')}${prefix}`
}

const minuteMs = 60_000

function limitsOf(settings: Settings): AuthLimits {
  const now = Date.now
  return {
    signIns: createRateLimit({ requestsMax: settings.signInsPer5Minutes, windowMs: 5 * minuteMs, now }),
    refreshes: createRateLimit({ requestsMax: settings.refreshesPer5Minutes, windowMs: 5 * minuteMs, now }),
    anonymous: createRateLimit({ requestsMax: settings.anonymousPerHour, windowMs: 60 * minuteMs, now }),
  }
}

/** Accounts: users, sessions and their tokens, on GoTrue's wire. */
import { dbToken } from '../../db/index.ts'
import { Failure } from '../../kernel/failure.ts'
import { defineModule } from '../../kernel/module.ts'
import type { SettingsOf } from '../../kernel/settings.ts'
import { keysToken } from '../keys/index.ts'
import { messagingToken } from '../messaging/index.ts'
import type { AuthLimits } from './auth-context.ts'
import { openAuthStore } from './auth-store.ts'
import { createOneTimeTokens } from './email/one-time-token.ts'
import { createRedirectRules } from './email/redirect-rules.ts'
import { refuseAsGoTrue } from './failure-format.ts'
import { authToken } from './index.ts'
import { accountsMigration } from './migrations/0001-accounts.ts'
import { sessionsMigration } from './migrations/0002-sessions.ts'
import { accessMigration } from './migrations/0003-access.ts'
import { flowStateMigration } from './migrations/0004-flow-state.ts'
import { createPasswordHasher } from './password-hasher.ts'
import { createRateLimit, type RateLimit } from './rate-limit.ts'
import { authRoutes } from './routes.ts'
import { authSettings } from './settings.ts'

type Settings = SettingsOf<typeof authSettings>

const prefix = '/auth/v1'

export const authModule = defineModule({
  provides: authToken,
  needs: { db: dbToken, keys: keysToken, messaging: messagingToken },
  settings: authSettings,
  migrations: [accountsMigration, sessionsMigration, accessMigration, flowStateMigration],
  async start({ settings, needs, observe }) {
    const publicUrl = publicUrlOf(settings)
    const issuer = settings.jwtIssuer ?? publicUrl
    const redirects = createRedirectRules(settings.siteUrl, settings.redirectUrls)
    for (const pattern of redirects.broken)
      observe('warning', {
        message: `additional_redirect_urls: "${pattern}" is not a pattern, and allows nothing`,
      })
    const context = {
      settings,
      issuer,
      publicUrl,
      redirects,
      keys: needs.keys,
      messaging: needs.messaging,
      oneTimeTokens: createOneTimeTokens(needs.keys.project.jwtSecret, settings.otpLength),
      store: await openAuthStore(needs.db, observe),
      hasher: await createPasswordHasher(settings),
      limits: limitsOf(settings, needs.messaging.isSending),
    }
    return {
      api: { issuer },
      surfaces: [{ prefix, routes: authRoutes(context), refuse: refuseAsGoTrue }],
    }
  },
})

function publicUrlOf(settings: Settings): string {
  // Nobody can call 0.0.0.0; it only says on which addresses we listen.
  const host = /^(?:0\.0\.0\.0|::|\[::\])$/.test(settings.host) ? '127.0.0.1' : settings.host
  const url = settings.externalUrl ?? `http://${host}:${settings.port}`
  return `${url.replace(/\/+$/, '')}${prefix}`
}

const minuteMs = 60_000

function per5Minutes(requestsMax: number): RateLimit {
  return createRateLimit({ requestsMax, windowMs: 5 * minuteMs, now: Date.now })
}

function perHour(requestsMax: number): RateLimit {
  return createRateLimit({ requestsMax, windowMs: 60 * minuteMs, now: Date.now })
}

function limitsOf(settings: Settings, isSending: boolean): AuthLimits {
  return {
    signIns: per5Minutes(settings.signInsPer5Minutes),
    refreshes: per5Minutes(settings.refreshesPer5Minutes),
    anonymous: perHour(settings.anonymousPerHour),
    otps: per5Minutes(settings.signInsPer5Minutes),
    verifications: per5Minutes(settings.verificationsPer5Minutes),
    guesses: perHour(guessesPerHour),
    emails: isSending ? emailLimit(settings.emailsPerHour) : { take: () => undefined },
  }
}

/** Of the million codes with six digits: enough for clumsy people. */
const guessesPerHour = 60

function emailLimit(requestsMax: number): RateLimit {
  return createRateLimit({ requestsMax, windowMs: 60 * minuteMs, now: Date.now, refusal: tooManyEmails })
}

function tooManyEmails(): Failure {
  return new Failure('over_email_send_rate_limit', { message: 'email rate limit exceeded' })
}

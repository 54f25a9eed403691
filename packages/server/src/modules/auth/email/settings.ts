/** Settings of what accounts do by e-mail. Names in config.toml are those of Supabase's projects. */
import { integer, list, type Setting, text, toggle } from '../../../kernel/settings.ts'
import { parseSeconds } from '../duration.ts'

const frequencySecondsMax = 86_400

/** Seconds, written as Go writes durations. */
const emailFrequency: Setting<number> = {
  env: ['PLINTH_AUTH_EMAIL_MAX_FREQUENCY'],
  toml: 'auth.email.max_frequency',
  help: 'How long a user waits before the next e-mail of the same kind.',
  expected: 'a duration such as 1m0s',
  shownDefault: '1s',
  fallback: 1,
  parse: (raw) => {
    const seconds = typeof raw === 'string' ? parseSeconds(raw) : undefined
    return seconds !== undefined && seconds >= 0 && seconds <= frequencySecondsMax ? seconds : undefined
  },
}

export const emailSettings = {
  siteUrl: text({
    env: 'PLINTH_AUTH_SITE_URL',
    toml: 'auth.site_url',
    default: 'http://127.0.0.1:3000',
    help: "The app's own URL: where links in e-mails lead in the end, unless they name another that is allowed.",
  }),
  redirectUrls: list({
    env: 'PLINTH_AUTH_ADDITIONAL_REDIRECT_URLS',
    toml: 'auth.additional_redirect_urls',
    default: [],
    help: 'Further URLs to which links in e-mails may lead. * stands for all but . and /, ** for all.',
  }),
  isEmailChangeDouble: toggle({
    env: 'PLINTH_AUTH_EMAIL_DOUBLE_CONFIRM_CHANGES',
    toml: 'auth.email.double_confirm_changes',
    default: true,
    help: 'Whether a change of address must be confirmed from the old address too.',
  }),
  otpSeconds: integer({
    env: 'PLINTH_AUTH_EMAIL_OTP_EXPIRY',
    toml: 'auth.email.otp_expiry',
    min: 1,
    max: 86_400,
    default: 3600,
    help: 'For how many seconds a link or code in an e-mail is valid.',
  }),
  otpLength: integer({
    env: 'PLINTH_AUTH_EMAIL_OTP_LENGTH',
    toml: 'auth.email.otp_length',
    min: 6,
    max: 10,
    default: 6,
    help: 'How many digits a code in an e-mail has.',
  }),
  emailFrequencySeconds: emailFrequency,
  emailsPerHour: integer({
    env: 'PLINTH_AUTH_RATE_LIMIT_EMAIL_SENT',
    toml: 'auth.rate_limit.email_sent',
    min: 0,
    max: 1_000_000,
    default: 30,
    help: 'E-mails that this server sends in an hour. Not for the inbox of development.',
  }),
  verificationsPer5Minutes: integer({
    env: 'PLINTH_AUTH_RATE_LIMIT_TOKEN_VERIFICATIONS',
    toml: 'auth.rate_limit.token_verifications',
    min: 1,
    max: 1_000_000,
    default: 30,
    help: 'Links and codes that each address may try in 5 minutes. Addresses of this machine have 20 times as many.',
  }),
  isCurrentPasswordRequired: toggle({
    env: 'PLINTH_AUTH_REQUIRE_CURRENT_PASSWORD',
    default: false,
    help: 'Whether a new password needs the current one.',
  }),
  isManualLinkingEnabled: toggle({
    env: 'PLINTH_AUTH_ENABLE_MANUAL_LINKING',
    toml: 'auth.enable_manual_linking',
    default: false,
    help: 'Whether users may link and unlink identities themselves.',
  }),
}

/** Settings of accounts. Names in config.toml are those of Supabase's projects. */
import { integer, oneOf, text, toggle } from '../../kernel/settings.ts'
import { externalUrlSetting, hostSetting, portSetting } from '../../kernel/shared-settings.ts'
import { emailSettings } from './email/settings.ts'

const password = {
  passwordLengthMin: integer({
    env: 'PLINTH_AUTH_MINIMUM_PASSWORD_LENGTH',
    toml: 'auth.minimum_password_length',
    min: 1,
    max: 72,
    default: 6,
    help: 'How many characters a password needs.',
  }),
  passwordRequirements: oneOf({
    env: 'PLINTH_AUTH_PASSWORD_REQUIREMENTS',
    toml: 'auth.password_requirements',
    values: ['', 'letters_digits', 'lower_upper_letters_digits', 'lower_upper_letters_digits_symbols'],
    default: '',
    help: 'Which kinds of characters a password needs; nothing where empty.',
  }),
  hashMemoryKib: integer({
    env: 'PLINTH_AUTH_HASH_MEMORY_KIB',
    min: 8,
    max: 1_048_576,
    default: 19_456,
    help: 'Memory of one argon2id password hash, in KiB.',
  }),
  hashIterations: integer({
    env: 'PLINTH_AUTH_HASH_ITERATIONS',
    min: 1,
    max: 100,
    default: 2,
    help: 'Passes of one argon2id password hash.',
  }),
  hashConcurrency: integer({
    env: 'PLINTH_AUTH_HASH_CONCURRENCY',
    min: 0,
    max: 64,
    default: 0,
    help: 'How many passwords are hashed at once; 0 stands for the number of processors.',
  }),
  hashQueueMax: integer({
    env: 'PLINTH_AUTH_HASH_QUEUE_MAX',
    min: 0,
    max: 100_000,
    default: 256,
    help: 'How many passwords may wait to be hashed before requests are refused with 429.',
  }),
}

const signUp = {
  isSignUpEnabled: toggle({
    env: 'PLINTH_AUTH_ENABLE_SIGNUP',
    toml: 'auth.enable_signup',
    default: true,
    help: 'Whether anyone may make an account.',
  }),
  isEmailEnabled: toggle({
    env: 'PLINTH_AUTH_EMAIL_ENABLE_SIGNUP',
    toml: 'auth.email.enable_signup',
    default: true,
    help: 'Whether e-mail and password are a way in.',
  }),
  isConfirmationRequired: toggle({
    env: 'PLINTH_AUTH_EMAIL_ENABLE_CONFIRMATIONS',
    toml: 'auth.email.enable_confirmations',
    default: false,
    help: 'Whether an address must be confirmed before its user can sign in.',
  }),
  isAnonymousEnabled: toggle({
    env: 'PLINTH_AUTH_ENABLE_ANONYMOUS_SIGN_INS',
    toml: 'auth.enable_anonymous_sign_ins',
    default: false,
    help: 'Whether users may sign in without telling anything about themselves.',
  }),
}

const session = {
  jwtExpirySeconds: integer({
    env: 'PLINTH_AUTH_JWT_EXPIRY',
    toml: 'auth.jwt_expiry',
    min: 1,
    max: 604_800,
    default: 3600,
    help: 'How long an access token is valid, in seconds.',
  }),
  jwtIssuer: text({
    env: 'PLINTH_AUTH_JWT_ISSUER',
    toml: 'auth.jwt_issuer',
    default: undefined,
    help: 'The iss claim of access tokens; <external url>/auth/v1 where not given.',
  }),
  isPasswordChangeSecure: toggle({
    env: 'PLINTH_AUTH_EMAIL_SECURE_PASSWORD_CHANGE',
    toml: 'auth.email.secure_password_change',
    default: false,
    help: 'Whether a password can be changed only in the first day after signing in.',
  }),
  isRotationEnabled: toggle({
    env: 'PLINTH_AUTH_ENABLE_REFRESH_TOKEN_ROTATION',
    toml: 'auth.enable_refresh_token_rotation',
    default: true,
    help: 'Whether using a refresh token twice ends its session.',
  }),
  reuseSeconds: integer({
    env: 'PLINTH_AUTH_REFRESH_TOKEN_REUSE_INTERVAL',
    toml: 'auth.refresh_token_reuse_interval',
    min: 0,
    max: 3600,
    default: 10,
    help: 'For how many seconds a used refresh token still answers with its successor.',
  }),
}

const limits = {
  signInsPer5Minutes: integer({
    env: 'PLINTH_AUTH_RATE_LIMIT_SIGN_IN_SIGN_UPS',
    toml: 'auth.rate_limit.sign_in_sign_ups',
    min: 1,
    max: 1_000_000,
    default: 30,
    help: 'Sign-ups and sign-ins for each address in 5 minutes. Addresses of this machine have 20 times as many.',
  }),
  refreshesPer5Minutes: integer({
    env: 'PLINTH_AUTH_RATE_LIMIT_TOKEN_REFRESH',
    toml: 'auth.rate_limit.token_refresh',
    min: 1,
    max: 1_000_000,
    default: 150,
    help: 'Refreshed sessions for each address in 5 minutes. Addresses of this machine have 20 times as many.',
  }),
  anonymousPerHour: integer({
    env: 'PLINTH_AUTH_RATE_LIMIT_ANONYMOUS_USERS',
    toml: 'auth.rate_limit.anonymous_users',
    min: 1,
    max: 1_000_000,
    default: 30,
    help: 'Anonymous sign-ins for each address in an hour. Addresses of this machine have 20 times as many.',
  }),
}

export const authSettings = {
  host: hostSetting,
  port: portSetting,
  externalUrl: externalUrlSetting,
  ...signUp,
  ...password,
  ...session,
  ...limits,
  ...emailSettings,
}

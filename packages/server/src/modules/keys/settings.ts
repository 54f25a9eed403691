/** Settings of the project's keys. */
import { oneOf, text } from '../../kernel/settings.ts'
import { demoKeysSetting, hostSetting, projectSetting } from '../../kernel/shared-settings.ts'

export const keysSettings = {
  host: hostSetting,
  project: projectSetting,
  demoKeys: demoKeysSetting,
  jwtSecret: text({
    env: 'PLINTH_JWT_SECRET',
    toml: 'auth.jwt_secret',
    default: undefined,
    secret: true,
    help: 'Secret of the HS256 tokens: at least 32 characters. Random for each data folder where not given.',
  }),
  anonKey: text({
    env: 'PLINTH_ANON_KEY',
    toml: 'auth.anon_key',
    default: undefined,
    help: 'The long-lived token of role anon that existing apps already hold.',
  }),
  serviceRoleKey: text({
    env: 'PLINTH_SERVICE_ROLE_KEY',
    toml: 'auth.service_role_key',
    default: undefined,
    secret: true,
    help: 'The long-lived token of role service_role that existing servers already hold.',
  }),
  publishableKey: text({
    env: 'PLINTH_PUBLISHABLE_KEY',
    toml: 'auth.publishable_key',
    default: undefined,
    help: 'Short form of the anon key: sb_publishable_ and a random part.',
  }),
  secretKey: text({
    env: 'PLINTH_SECRET_KEY',
    toml: 'auth.secret_key',
    default: undefined,
    secret: true,
    help: 'Short form of the service role key: sb_secret_ and a random part.',
  }),
  signingKeysPath: text({
    env: 'PLINTH_SIGNING_KEYS_PATH',
    toml: 'auth.signing_keys_path',
    default: undefined,
    help: 'File with an array of private JWKs (RS256 or ES256). The first signs, all verify.',
  }),
  keyRequired: oneOf({
    env: 'PLINTH_API_KEY_REQUIRED',
    values: ['auto', 'true', 'false'],
    default: 'auto',
    help: 'Whether a request needs an API key. auto: yes, unless --demo-keys is on. Without a key the role is anon.',
  }),
}

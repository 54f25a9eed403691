/**
 * Settings of the REST surface, under the names that PostgREST and Supabase's config.toml give them. What PostgREST lets a
 * database set for itself (`alter role authenticator set pgrst.db_schemas = …`) is in `config.ts`.
 */
import { integer, list, oneOf, text, textMap, toggle, type Setting } from '../../kernel/settings.ts'
import { givenDatabaseSetting } from '../../kernel/shared-settings.ts'

const schemaSettings = {
  schemas: list({
    env: ['PLINTH_API_SCHEMAS', 'PGRST_DB_SCHEMAS', 'PGRST_DB_SCHEMA'],
    toml: 'api.schemas',
    default: undefined,
    help: 'Schemas whose tables and functions are served. The first is the one that requests get without a profile header. Where not given: public and graphql_public; over a database of PGRST_DB_URI public.',
  }),
  extraSearchPath: list({
    env: ['PLINTH_API_EXTRA_SEARCH_PATH', 'PGRST_DB_EXTRA_SEARCH_PATH'],
    toml: 'api.extra_search_path',
    default: undefined,
    help: 'Schemas that are searched after the one that is served, without being served themselves. Where not given: public and extensions; over a database of PGRST_DB_URI public.',
  }),
}

const requestSettings = {
  maxRows: integer({
    env: ['PLINTH_API_MAX_ROWS', 'PGRST_DB_MAX_ROWS', 'PGRST_MAX_ROWS'],
    toml: 'api.max_rows',
    min: 0,
    max: 1_000_000_000,
    default: undefined,
    help: 'The most rows that one answer, or one embedded list, may have. Where not given: 1000; over a database of PGRST_DB_URI there is no bound.',
  }),
  anonRole: text({
    env: ['PLINTH_API_ANON_ROLE', 'PGRST_DB_ANON_ROLE'],
    toml: 'api.anon_role',
    default: undefined,
    help: 'The role of requests without a user: what it may not do is answered with 401 instead of 403. Where not given: anon; over a database of PGRST_DB_URI a token is then needed.',
  }),
  txEnd: oneOf({
    env: ['PLINTH_API_TX_END', 'PGRST_DB_TX_END'],
    toml: 'api.tx_end',
    values: ['commit', 'commit-allow-override', 'rollback', 'rollback-allow-override'],
    default: 'commit',
    help: 'How requests end their transaction, and whether "Prefer: tx=…" may choose.',
  }),
  preRequest: text({
    env: ['PLINTH_API_PRE_REQUEST', 'PGRST_DB_PRE_REQUEST', 'PGRST_PRE_REQUEST'],
    toml: 'api.pre_request',
    default: undefined,
    help: 'A function without arguments that is called in the transaction of every request, before its own statement.',
  }),
  hoistedSettings: list({
    env: ['PLINTH_API_HOISTED_TX_SETTINGS', 'PGRST_DB_HOISTED_TX_SETTINGS'],
    toml: 'api.hoisted_tx_settings',
    default: ['statement_timeout', 'plan_filter.statement_cost_limit', 'default_transaction_isolation'],
    help: "Settings of a function (create function … set …) that hold for its caller's whole transaction.",
  }),
  hasAggregates: toggle({
    env: ['PLINTH_API_AGGREGATES', 'PGRST_DB_AGGREGATES_ENABLED'],
    toml: 'api.aggregates_enabled',
    default: false,
    help: 'Lets callers ask for count(), sum() and the like.',
  }),
  hasPlans: toggle({
    env: ['PLINTH_API_PLANS', 'PGRST_DB_PLAN_ENABLED'],
    toml: 'api.plan_enabled',
    default: false,
    help: "Lets callers ask for PostgreSQL's plan of their request (Accept: application/vnd.pgrst.plan).",
  }),
  appSettings: textMap({
    envPrefix: 'PGRST_APP_SETTINGS_',
    toml: 'api.app_settings',
    help: "Texts that the database's functions can read: current_setting('app.settings.<name>').",
  }),
  usesTargetNames: toggle({
    env: ['PLINTH_API_LEGACY_TARGET_NAMES', 'PGRST_URL_USE_LEGACY_TARGET_NAMES'],
    toml: 'api.use_legacy_target_names',
    default: true,
    help: 'Lets filters name an embedded table although it has an alias; the answer then carries a warning.',
  }),
}

const tokenSettings = {
  jwtSecret: text({
    env: 'PGRST_JWT_SECRET',
    toml: 'api.jwt_secret',
    default: undefined,
    secret: true,
    help: "What verifies tokens on this surface, besides the project's keys: a text of at least 32 characters, a JWK or a JWK set. A leading @ names a file that holds it.",
  }),
  isJwtSecretBase64: toggle({
    env: ['PGRST_JWT_SECRET_IS_BASE64', 'PGRST_SECRET_IS_BASE64'],
    toml: 'api.jwt_secret_is_base64',
    default: false,
    help: 'PGRST_JWT_SECRET is base64 of the secret.',
  }),
  jwtAudience: text({
    env: 'PGRST_JWT_AUD',
    toml: 'api.jwt_aud',
    default: undefined,
    help: 'Tokens that say whom they are for must name this.',
  }),
  jwtRolePath: text({
    env: ['PGRST_JWT_ROLE_CLAIM_KEY', 'PGRST_ROLE_CLAIM_KEY'],
    toml: 'api.jwt_role_claim_key',
    default: '$.role',
    help: 'Where in the claims the role stands, as a JSON path (RFC 9535) or in the older form of PostgREST: $.app.roles[0].',
  }),
  jwtCacheEntries: integer({
    env: 'PGRST_JWT_CACHE_MAX_ENTRIES',
    toml: 'api.jwt_cache_max_entries',
    min: 0,
    max: 10_000_000,
    default: 10_000,
    help: 'How many verified tokens are remembered.',
  }),
}

/** A text that is the URL of a place: no query, nobody's name. */
function urlSetting(place: Parameters<typeof text>[0] & { default: undefined }): Setting<string | undefined> {
  return {
    ...text(place),
    expected: 'a URL such as https://example.com:8443/base',
    parse: (raw) => (typeof raw === 'string' && isPlace(raw) ? raw : undefined),
  }
}

function isPlace(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, search, username } = new URL(url)
  return (protocol === 'http:' || protocol === 'https:') && search === '' && username === ''
}

const answerSettings = {
  path: text({
    env: 'PLINTH_REST_PATH',
    flag: 'rest-path',
    toml: 'api.path',
    default: '/rest/v1',
    help: 'Where REST is served. / is the root; /health, /ready and /metrics stay what they are.',
  }),
  openapiMode: oneOf({
    env: ['PLINTH_API_OPENAPI_MODE', 'PGRST_OPENAPI_MODE'],
    toml: 'api.openapi_mode',
    values: ['follow-privileges', 'ignore-privileges', 'disabled'],
    default: 'follow-privileges',
    help: 'What the description at the root shows: what the caller may use, all, or nothing.',
  }),
  hasOpenapiSecurity: toggle({
    env: ['PLINTH_API_OPENAPI_SECURITY', 'PGRST_OPENAPI_SECURITY_ACTIVE'],
    toml: 'api.openapi_security_active',
    default: false,
    help: 'The description at the root says how to send a token.',
  }),
  openapiProxy: urlSetting({
    env: ['PLINTH_API_OPENAPI_PROXY_URI', 'PGRST_OPENAPI_SERVER_PROXY_URI'],
    toml: 'api.openapi_server_proxy_uri',
    default: undefined,
    help: 'The URL under which clients reach REST, for the description at the root.',
  }),
  rootFunction: text({
    env: ['PLINTH_API_ROOT_SPEC', 'PGRST_DB_ROOT_SPEC', 'PGRST_ROOT_SPEC'],
    toml: 'api.root_spec',
    default: undefined,
    help: 'A function whose result takes the place of the description at the root.',
  }),
  corsOrigins: list({
    env: ['PLINTH_API_CORS_ORIGINS', 'PGRST_SERVER_CORS_ALLOWED_ORIGINS'],
    toml: 'api.cors_allowed_origins',
    default: [],
    help: 'Origins whose pages may call; any where empty.',
  }),
  hasTiming: toggle({
    env: ['PLINTH_API_SERVER_TIMING', 'PGRST_SERVER_TIMING_ENABLED'],
    toml: 'api.server_timing_enabled',
    default: false,
    help: 'Answers say how long each stage took (Server-Timing).',
  }),
  traceHeader: text({
    env: ['PLINTH_API_TRACE_HEADER', 'PGRST_SERVER_TRACE_HEADER'],
    toml: 'api.trace_header',
    default: undefined,
    help: 'A header that is copied from the request to the answer, such as X-Request-Id.',
  }),
  verbosity: oneOf({
    env: ['PLINTH_API_ERROR_VERBOSITY', 'PGRST_CLIENT_ERROR_VERBOSITY'],
    toml: 'api.client_error_verbosity',
    values: ['verbose', 'minimal'],
    default: 'verbose',
    help: 'minimal leaves details and hint out of refusals.',
  }),
}

const inDatabaseSettings = {
  hasInDatabase: toggle({
    env: ['PLINTH_API_DB_CONFIG', 'PGRST_DB_CONFIG'],
    toml: 'api.db_config',
    default: true,
    help: 'The database may change these settings: alter role authenticator set pgrst.db_schemas = …',
  }),
  preConfig: text({
    env: ['PLINTH_API_PRE_CONFIG', 'PGRST_DB_PRE_CONFIG'],
    toml: 'api.db_pre_config',
    default: undefined,
    help: 'A function that sets pgrst.… for this purpose; settings of the role win over it.',
  }),
}

export const restSettings = {
  ...schemaSettings,
  ...requestSettings,
  ...tokenSettings,
  ...answerSettings,
  ...inDatabaseSettings,
  givenDatabase: givenDatabaseSetting,
}

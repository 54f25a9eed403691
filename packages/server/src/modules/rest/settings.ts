/** Settings of the REST surface, under the names that PostgREST and Supabase's config.toml give them. */
import { integer, list, oneOf, text } from '../../kernel/settings.ts'

export const restSettings = {
  schemas: list({
    env: ['PLINTH_API_SCHEMAS', 'PGRST_DB_SCHEMAS'],
    toml: 'api.schemas',
    default: ['public', 'graphql_public'],
    help: 'Schemas whose tables and functions are served. The first is the one that requests get without a profile header.',
  }),
  extraSearchPath: list({
    env: ['PLINTH_API_EXTRA_SEARCH_PATH', 'PGRST_DB_EXTRA_SEARCH_PATH'],
    toml: 'api.extra_search_path',
    default: ['public', 'extensions'],
    help: 'Schemas that are searched after the one that is served, without being served themselves.',
  }),
  maxRows: integer({
    env: ['PLINTH_API_MAX_ROWS', 'PGRST_DB_MAX_ROWS'],
    toml: 'api.max_rows',
    min: 1,
    max: 1_000_000_000,
    default: 1000,
    help: 'The most rows that one answer, or one embedded list, may have.',
  }),
  anonRole: text({
    env: ['PLINTH_API_ANON_ROLE', 'PGRST_DB_ANON_ROLE'],
    default: 'anon',
    help: 'The role of requests without a user: what it may not do is answered with 401 instead of 403.',
  }),
  txEnd: oneOf({
    env: ['PLINTH_API_TX_END', 'PGRST_DB_TX_END'],
    values: ['commit', 'commit-allow-override', 'rollback', 'rollback-allow-override'],
    default: 'commit',
    help: 'How requests end their transaction, and whether "Prefer: tx=…" may choose.',
  }),
}

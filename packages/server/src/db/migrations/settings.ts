/** Settings of what is set up in the database at a start. They stand in config.toml where Supabase has them too. */
import { list, toggle } from '../../kernel/settings.ts'
import { defaultSeedPath } from './seed-files.ts'

export const preparationSettings = {
  migrationsEnabled: toggle({
    env: 'PLINTH_MIGRATIONS',
    toml: 'db.migrations.enabled',
    default: true,
    help: "Apply the project's migrations at the start.",
  }),
  seedEnabled: toggle({
    env: 'PLINTH_SEED',
    toml: 'db.seed.enabled',
    default: true,
    help: "Apply the project's seed to a new database.",
  }),
  seedPaths: list({
    env: 'PLINTH_SEED_PATHS',
    toml: 'db.seed.sql_paths',
    default: [defaultSeedPath],
    help: "Files of the seed, below the project's supabase/ folder. * and ? stand for parts of a name.",
  }),
  exposeNewTables: toggle({
    env: 'PLINTH_EXPOSE_NEW_TABLES',
    toml: 'api.auto_expose_new_tables',
    default: true,
    help: 'Grant what is created in schema public to anon, authenticated and service_role.',
  }),
} as const

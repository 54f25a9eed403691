/** Settings of the database: which one, and how many sessions. */
import { integer, text } from '../kernel/settings.ts'
import { demoKeysSetting, givenDatabaseSetting, projectSetting } from '../kernel/shared-settings.ts'
import { preparationSettings } from './migrations/settings.ts'

export const dbSettings = {
  project: projectSetting,
  demoKeys: demoKeysSetting,
  databaseUrl: text({
    env: ['DATABASE_URL', 'PLINTH_DATABASE_URL'],
    default: undefined,
    secret: true,
    help: 'A PostgreSQL 15 or newer to use in place of the one that Plinth brings along: postgresql://user:password@host:5432/database.',
  }),
  givenDatabase: givenDatabaseSetting,
  dbPort: integer({
    env: 'PLINTH_DB_PORT',
    flag: 'db-port',
    toml: 'db.port',
    min: 1,
    max: 65_535,
    default: 54_322,
    help: 'Port of loopback on which the embedded PostgreSQL listens.',
  }),
  postgresUser: text({
    env: 'PLINTH_POSTGRES_USER',
    default: undefined,
    help: 'Started by root: the user that the embedded PostgreSQL runs as; else postgres, else nobody.',
  }),
  requestSessions: integer({
    env: ['PLINTH_DB_POOL', 'PGRST_DB_POOL'],
    min: 1,
    max: 1000,
    default: 10,
    help: "Sessions for callers' requests.",
  }),
  ownerSessions: integer({
    env: 'PLINTH_DB_OWNER_POOL',
    min: 2,
    max: 100,
    default: 4,
    help: "Sessions for the server's own work, such as sign-ins.",
  }),
  queueMax: integer({
    env: 'PLINTH_DB_QUEUE',
    min: 1,
    max: 1_000_000,
    default: 5000,
    help: 'How many requests may wait for a session; more are refused with 503.',
  }),
  queueMs: integer({
    env: 'PLINTH_DB_QUEUE_MS',
    min: 1,
    max: 600_000,
    default: 10_000,
    help: 'How long a request may wait for a session before it is refused with 504, in milliseconds.',
  }),
  ...preparationSettings,
} as const

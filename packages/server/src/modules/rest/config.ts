/** The settings that are in force: what was given, what the database sets for itself, and defaults for the rest. */
import type { Qualified } from '../../db/catalog/index.ts'
import { Failure } from '../../kernel/failure.ts'
import type { Setting, SettingsOf } from '../../kernel/settings.ts'
import { restSettings } from './settings.ts'

export type RestSettings = SettingsOf<typeof restSettings>

export interface RestConfig extends Omit<RestSettings, 'preRequest' | 'rootFunction'> {
  readonly schemas: readonly string[]
  readonly extraSearchPath: readonly string[]
  /** REST alone, over a database that somebody else prepares, by PostgREST's rules for keys. */
  readonly isAlone: boolean
  /** The schema is empty where the name came without one: the search path finds it then. */
  readonly preRequest: Qualified | undefined
  readonly rootFunction: string | undefined
  readonly mayEndTx: boolean
  readonly path: string
  readonly appSettingPairs: readonly (readonly [name: string, value: string])[]
}

/** Refuses with `setting_conflict` what PostgreSQL keeps for itself. */
export function configOf(given: RestSettings): RestConfig {
  const isAlone = given.givenDatabase !== undefined
  const schemas = given.schemas ?? (isAlone ? ['public'] : ['public', 'graphql_public'])
  refuseOwnSchemas(schemas)
  return {
    ...given,
    isAlone,
    schemas,
    extraSearchPath: given.extraSearchPath ?? (isAlone ? ['public'] : ['public', 'extensions']),
    maxRows: given.maxRows ?? (isAlone ? undefined : 1000),
    anonRole: given.anonRole ?? (isAlone ? undefined : 'anon'),
    preRequest: given.preRequest === undefined ? undefined : qualified(given.preRequest),
    rootFunction: given.rootFunction === undefined ? undefined : qualified(given.rootFunction).name,
    path: `/${given.path
      .split('/')
      .filter((part) => part !== '')
      .join('/')}`,
    appSettingPairs: Object.entries(given.appSettings ?? {}).map(([name, value]) => [
      `app.settings.${name}`,
      value,
    ]),
    mayEndTx: given.txEnd.endsWith('-allow-override'),
  }
}

function refuseOwnSchemas(schemas: readonly string[]): void {
  const own = schemas.find((schema) => schema === 'pg_catalog' || schema === 'information_schema')
  if (own === undefined) return
  throw new Failure('setting_conflict', { setting: 'PGRST_DB_SCHEMAS', reason: `${own} cannot be served` })
}

/** `schema.name`, or a name alone. */
export function qualified(text: string): Qualified {
  const dot = text.indexOf('.')
  return dot === -1 ? { schema: '', name: text } : { schema: text.slice(0, dot), name: text.slice(dot + 1) }
}

/** The settings that a database may set for itself, by the name that they have there. */
const inDatabase = new Map(
  (
    [
      'schemas',
      'extraSearchPath',
      'maxRows',
      'anonRole',
      'txEnd',
      'preRequest',
      'hoistedSettings',
      'hasAggregates',
      'hasPlans',
      'usesTargetNames',
      'jwtSecret',
      'isJwtSecretBase64',
      'jwtAudience',
      'jwtRolePath',
      'openapiMode',
      'hasOpenapiSecurity',
      'openapiProxy',
      'rootFunction',
      'corsOrigins',
      'hasTiming',
      'traceHeader',
      'verbosity',
    ] as const
  ).map((key) => [nameInDatabase(restSettings[key]), key]),
)

/** `PGRST_DB_SCHEMAS` is `pgrst.db_schemas`. */
function nameInDatabase(setting: Setting<unknown>): string {
  const variable = setting.env.find((name) => name.startsWith('PGRST_')) ?? ''
  return variable.slice('PGRST_'.length).toLowerCase()
}

export const namesInDatabase: readonly string[] = [...inDatabase.keys()]

export interface Overridden {
  readonly settings: RestSettings
  /** Names with values that cannot be: what was given stays in force. */
  readonly refused: readonly string[]
}

/** Lays what the database says over what was given. An empty text takes a setting back, as PostgREST does. */
export function withDatabaseSettings(
  given: RestSettings,
  found: readonly (readonly [name: string, value: string])[],
): Overridden {
  const values: Record<string, unknown> = {}
  const refused: string[] = []
  for (const [name, text] of found) {
    const key = inDatabase.get(name)
    if (key === undefined) continue
    const setting: Setting<unknown> = restSettings[key]
    const value = text === '' ? setting.fallback : setting.parse(text)
    if (value === undefined && text !== '') refused.push(name)
    else values[key] = value
  }
  return { settings: { ...given, ...values }, refused }
}

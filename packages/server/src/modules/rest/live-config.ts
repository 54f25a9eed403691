/** Holds the settings that are in force, and reads the database's part again when it says that something has changed. */
import type { Db } from '../../db/index.ts'
import { ident, join, raw, sql, toStatement, type Sql } from '../../db/index.ts'
import type { Observe } from '../../kernel/observe.ts'
import {
  configOf,
  namesInDatabase,
  qualified,
  withDatabaseSettings,
  type RestConfig,
  type RestSettings,
} from './config.ts'

export interface LiveConfig {
  current(): RestConfig
  /** Reads again; what cannot be read or cannot be is reported, and what was in force stays. */
  reload(): Promise<RestConfig>
}

export interface LiveConfigOptions {
  readonly given: RestSettings
  readonly db: Pick<Db, 'requests'>
  readonly observe: Observe
}

/** Nothing is read before the first `reload`. */
export function openConfig({ given, db, observe }: LiveConfigOptions): LiveConfig {
  let config = configOf(given)

  async function reload(): Promise<RestConfig> {
    if (!given.hasInDatabase) return config
    try {
      const { settings, refused } = withDatabaseSettings(given, await readFound())
      const next = configOf(settings)
      for (const name of refused) {
        observe('warning', {
          message: `the database sets pgrst.${name} to what it cannot be: it is left out`,
        })
      }
      config = next
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      observe('warning', { message: `the database's own settings cannot be read: ${reason}` })
    }
    return config
  }

  async function readFound(): Promise<(readonly [string, string])[]> {
    // By Plinth's own preparation the login role is `authenticator`; elsewhere it is whoever the URL names.
    const role = config.isAlone ? raw('current_user') : sql`${'authenticator'}`
    const [rows] = await db.requests.run({
      scope: { settings: [['transaction_read_only', 'on']] },
      statements: [toStatement(settingsQuery(role, given.preConfig))],
    })
    if (rows === undefined) return []
    return rows.cells.map((_, index) => [rows.text(index, 0) ?? '', rows.text(index, 1) ?? ''] as const)
  }

  return { current: () => config, reload }
}

/** The role's settings for this database win over those for all, and both over what the function says. */
function settingsQuery(role: Sql, preConfig: string | undefined): Sql {
  const names = sql`${`{${namesInDatabase.map((name) => `pgrst.${name}`).join(',')}}`}::text[]`
  return sql`
select distinct on (name) substr(name, 7), value from (
  select case when setdatabase <> 0 then 0 else 1 end as place,
    split_part(item, '=', 1) as name, substr(item, strpos(item, '=') + 1) as value
  from pg_catalog.pg_db_role_setting, unnest(setconfig) item
  where setrole = (select oid from pg_catalog.pg_roles where rolname = ${role})
    and setdatabase in (0, (select oid from pg_catalog.pg_database where datname = current_catalog))
  ${preConfig === undefined ? raw('') : saidBy(preConfig, names)}
) found where name = any(${names}) and value is not null order by name, place`
}

function saidBy(preConfig: string, names: Sql): Sql {
  const { schema, name } = qualified(preConfig)
  const called = join(schema === '' ? [ident(name)] : [ident(schema), ident(name)], raw('.'))
  return sql`union all
  select 2, n, current_setting(n, true) from ${called}() called, unnest(${names}) n`
}

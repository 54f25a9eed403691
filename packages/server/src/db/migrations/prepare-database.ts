/** Makes a database ready for the server: what Plinth sets up, the modules' tables, then the project's own. */
import type { ModuleInfo } from '../../kernel/module.ts'
import type { Observe } from '../../kernel/observe.ts'
import type { SettingsOf } from '../../kernel/settings.ts'
import { bootstrap } from '../bootstrap/bootstrap.ts'
import type { SessionPool } from '../index.ts'
import { listMigrationFiles } from './migration-files.ts'
import { applyModuleMigrations } from './module-migrations.ts'
import { applyProjectMigrations } from './project-migrations.ts'
import { listSeedFiles } from './seed-files.ts'
import { applySeed, decideSeed } from './seed.ts'
import type { preparationSettings } from './settings.ts'

export interface Preparation {
  readonly settings: SettingsOf<typeof preparationSettings>
  /** Absolute path of the project's `supabase/` or `plinth/` folder. It need not exist. */
  readonly folder: string
  readonly modules: readonly ModuleInfo[]
  readonly observe: Observe
  /** See `BootstrapContext`. */
  readonly authenticatorPassword: string | undefined
}

/**
 * Safe at every start and from several nodes at once. `owner` needs two sessions; sessions that were open before the
 * first preparation do not have the search_path that new ones get.
 */
export async function prepareDatabase(owner: SessionPool, preparation: Preparation): Promise<void> {
  const { settings, folder, modules, observe, authenticatorPassword } = preparation
  await bootstrap(owner, { observe, authenticatorPassword, exposeNewTables: settings.exposeNewTables })
  await applyModuleMigrations(owner, modules, observe)
  await applyProject(owner, { settings, folder, observe })
}

async function applyProject(
  owner: SessionPool,
  { settings, folder, observe }: Pick<Preparation, 'settings' | 'folder' | 'observe'>,
): Promise<void> {
  const migrations = settings.migrationsEnabled ? await listMigrationFiles(folder, observe) : []
  const seeds = settings.seedEnabled ? await listSeedFiles(folder, settings.seedPaths, observe) : []
  if (migrations.length === 0 && seeds.length === 0) return
  await decideSeed(owner)
  await applyProjectMigrations(owner, migrations, observe)
  await applySeed(owner, seeds, observe)
}

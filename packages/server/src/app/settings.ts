/** Settings of a run as a whole, and the table of all settings there are. */
import path from 'node:path'
import { httpSettings } from '../http/settings.ts'
import { logLevelSetting } from '../kernel/log.ts'
import { folder, list, readSettings, type Setting } from '../kernel/settings.ts'
import { projectSetting } from '../kernel/shared-settings.ts'
import { modules } from './modules.ts'

export const appSettings = {
  project: projectSetting,
  dataDir: folder({
    env: 'PLINTH_DATA_DIR',
    flag: 'data-dir',
    shownDefault: '.plinth in the project folder',
    help: 'Folder for everything that is kept: PostgreSQL, files, keys.',
  }),
  only: list({
    env: 'PLINTH_ONLY',
    flag: 'only',
    default: [],
    help: 'Start these modules and what they need; all where empty.',
  }),
  logLevel: logLevelSetting,
} as const

export interface SettingRow {
  /** The module that reads it; `server` for those of the run and the listener. */
  readonly module: string
  readonly key: string
  readonly setting: Setting<unknown>
}

/** Every setting once, under the first module that reads it. */
export function settingsTable(): SettingRow[] {
  const specs = [
    { module: 'server', spec: { ...appSettings, ...httpSettings } },
    ...modules.map((module) => ({ module: module.provides.name, spec: module.settings })),
  ]
  const seen = new Set<unknown>()
  const rows: SettingRow[] = []
  for (const { module, spec } of specs) {
    for (const [key, setting] of Object.entries(spec)) {
      if (seen.has(setting)) continue
      seen.add(setting)
      rows.push({ module, key, setting })
    }
  }
  return rows
}

export interface FolderSources {
  readonly flags: Readonly<Record<string, string | undefined>>
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
}

/** Where the data folder of such a run lies. */
export function dataFolderPath(sources: FolderSources): string {
  const { project, dataDir } = readSettings(appSettings, { ...sources, toml: {} })
  return path.resolve(sources.cwd, dataDir ?? path.join(project, '.plinth'))
}

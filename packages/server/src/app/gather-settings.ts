/** Brings the sources of settings together: flags over environment over config.toml; unknown names refused. */
import path from 'node:path'
import {
  readSettings,
  refuseUnknownEnv,
  showSetting,
  type SettingSources,
  type ShownSetting,
} from '../kernel/settings.ts'
import { readConfigFile, type ConfigFile } from './config-file/index.ts'
import { appSettings, settingsTable } from './settings.ts'

export interface GivenSettings {
  /** By flag name without dashes; switches are `'true'`. */
  readonly flags: Readonly<Record<string, string | undefined>>
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
}

/** All sources, with the project folder made absolute; and config.toml, to report on its keys. */
export async function gatherSettings(
  given: GivenSettings,
): Promise<{ sources: SettingSources; config: ConfigFile }> {
  const { cwd, env } = given
  const settings = settingsTable().map((row) => row.setting)
  refuseUnknownEnv(settings, env)
  const { project } = readSettings({ project: appSettings.project }, { flags: given.flags, env, toml: {} })
  const config = await readConfigFile({ project, cwd, env, settings })
  const flags = { ...given.flags, project: path.resolve(cwd, project) }
  return { sources: { flags, env, toml: config.values }, config }
}

/** Every setting as it is in force for a run that is given this. */
export async function showSettings(given: GivenSettings): Promise<readonly ShownSetting[]> {
  const { sources } = await gatherSettings(given)
  return settingsTable().map((row) => showSetting(row.setting, sources))
}

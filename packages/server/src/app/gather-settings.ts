/** Brings the sources of settings together: flags over environment over config.toml; unknown names refused. */
import path from 'node:path'
import {
  readSettings,
  refuseUnknownEnv,
  showSetting,
  type Setting,
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

/** All sources, with folders made absolute; and config.toml, to report on its keys. */
export async function gatherSettings(
  given: GivenSettings,
): Promise<{ sources: SettingSources; config: ConfigFile }> {
  const { cwd } = given
  const settings = settingsTable().map((row) => row.setting)
  refuseUnknownEnv(settings, given.env)
  const { flags, env } = withAbsoluteFolders(settings, given)
  const { project } = readSettings({ project: appSettings.project }, { flags, env, toml: {} })
  const config = await readConfigFile({ project, cwd, env, settings })
  return {
    sources: { flags: { ...flags, project: path.resolve(cwd, project) }, env, toml: config.values },
    config,
  }
}

/** What was given, with folders seen from where the command runs. */
function withAbsoluteFolders(
  settings: readonly Setting<unknown>[],
  { flags, env, cwd }: GivenSettings,
): Pick<GivenSettings, 'flags' | 'env'> {
  const folders = settings.filter((setting) => setting.isFolder === true)
  const resolved = (
    values: GivenSettings['env'],
    names: readonly (string | undefined)[],
  ): GivenSettings['env'] =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [
        name,
        names.includes(name) && value !== undefined && value !== '' ? path.resolve(cwd, value) : value,
      ]),
    )
  return {
    flags: resolved(
      flags,
      folders.map((setting) => setting.flag),
    ),
    env: resolved(
      env,
      folders.flatMap((setting) => setting.env),
    ),
  }
}

/** Every setting as it is in force for a run that is given this. */
export async function showSettings(given: GivenSettings): Promise<readonly ShownSetting[]> {
  const { sources } = await gatherSettings(given)
  return settingsTable().map((row) => showSetting(row.setting, sources))
}

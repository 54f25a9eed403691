/** The page of all settings. */
import type { settingsTable } from '@plinth/server'

export type SettingRow = ReturnType<typeof settingsTable>[number]

/** Headings by the module whose setting it is. */
const titles: Readonly<Record<string, string>> = {
  server: 'Server',
  db: 'Database',
  keys: 'Keys',
  auth: 'Accounts',
  rest: 'REST',
  site: 'Page',
  cli: 'Output',
}

export function titleOf(module: string): string {
  return titles[module] ?? `${module.charAt(0).toUpperCase()}${module.slice(1)}`
}

export function settingsPage(rows: readonly SettingRow[]): string {
  const modules = [...new Set(rows.map((row) => row.module))]
  const sections = modules.map((module) => {
    const lines = rows.filter((row) => row.module === module).map(settingLine)
    return `## ${titleOf(module)}\n\n${tableHead}\n${lines.join('\n')}`
  })
  return `# Settings\n\n${introduction}\n\n${sections.join('\n\n')}\n`
}

const introduction =
  'Made from the settings tables by `npm run docs`. A flag goes before an environment variable, that before a key in ' +
  '`supabase/config.toml`, and that before the default. An unknown flag or `PLINTH_*` variable is refused; an unknown ' +
  'key in config.toml is a warning.'

const tableHead = '| Variable | Flag | config.toml | Default | Meaning |\n| --- | --- | --- | --- | --- |'

function settingLine({ setting }: SettingRow): string {
  const cells = [
    setting.env.map(code).join(', '),
    setting.flag === undefined ? '' : code(`--${setting.flag}`),
    setting.toml === undefined ? '' : code(setting.toml),
    setting.shownDefault === undefined || setting.shownDefault === '' ? '' : code(setting.shownDefault),
    cell(meaning(setting)),
  ]
  return `| ${cells.join(' | ')} |`
}

function meaning({ help, expected, secret }: SettingRow['setting']): string {
  const takes = expected === 'a text' ? '' : ` Takes ${expected}.`
  return `${help}${takes}${secret === true ? ' Never shown in logs and dumps.' : ''}`
}

function code(text: string): string {
  return `\`${cell(text)}\``
}

/** A bar would end the cell. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

/** The flags as a source file, so that `--help` need not load the server to know them. */
import { titleOf, type SettingRow } from './settings-page.ts'

export function flagTableSource(rows: readonly SettingRow[]): string {
  const flags = rows.flatMap(({ module, setting }) =>
    setting.flag === undefined
      ? []
      : [
          {
            flag: setting.flag,
            group: titleOf(module),
            help: setting.help,
            expected: setting.expected,
            shownDefault: setting.shownDefault,
            isSwitch: setting.isSwitch ?? false,
            env: setting.env[0] ?? '',
          },
        ],
  )
  // A setting that several modules read is one flag.
  const unique = [...new Map(flags.toReversed().map((row) => [row.flag, row])).values()].toReversed()
  const entries = unique.map((row) => {
    const fields = Object.entries(row).map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
    return `  { ${fields.join(', ')} },\n`
  })
  return [
    '/** Every flag of the command. Made from the settings tables by `npm run docs`: do not edit. */',
    "import type { FlagRow } from './flags.ts'",
    '',
    `export const flagTable: readonly FlagRow[] = [\n${entries.join('')}]\n`,
  ].join('\n')
}

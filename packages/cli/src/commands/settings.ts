/** `plinth settings`: what is in force in this folder, and which flag, variable or key says so. Secrets are not shown. */
import { readSettings, showSettings } from '@plinth/server'
import type { ExitName } from '../exit-codes.ts'
import type { Flags } from '../flags.ts'
import { outputSettings, withoutOwnNames } from '../output-settings.ts'
import type { Terminal } from '../terminal.ts'

export async function run(flags: Flags, terminal: Terminal): Promise<ExitName> {
  const { json } = readSettings(outputSettings, { flags, env: terminal.env, toml: {} })
  const shown = await showSettings({ flags, env: withoutOwnNames(terminal.env), cwd: terminal.cwd })
  if (json) {
    terminal.write(`${JSON.stringify(shown)}\n`)
    return 'ok'
  }
  const width = Math.max(...shown.map((setting) => setting.name.length)) + 2
  for (const { name, value, from } of shown) {
    const source = from === 'default' ? '' : terminal.paint('dim', `  from ${from}`)
    terminal.write(`${terminal.paint('cyan', name.padEnd(width))}${value ?? '-'}${source}\n`)
  }
  return 'ok'
}

/** `plinth status`: the URLs and keys of the server that runs on a data folder. */
import { dataFolderPath, readSettings, readStatus } from '@plinth/server'
import { CommandError } from '../command-error.ts'
import type { ExitName } from '../exit-codes.ts'
import type { Flags } from '../flags.ts'
import { outputSettings } from '../output-settings.ts'
import { statusEnv } from '../status-env.ts'
import { statusText } from '../summary.ts'
import type { Terminal } from '../terminal.ts'

export async function run(flags: Flags, terminal: Terminal): Promise<ExitName> {
  const { json, output } = readSettings(outputSettings, { flags, env: terminal.env, toml: {} })
  const folder = dataFolderPath({ flags, env: terminal.env, cwd: terminal.cwd })
  const status = await readStatus(folder)
  if (status === undefined) {
    throw new CommandError('failed', `no Plinth runs on ${folder}`, 'Start one with "plinth start".')
  }
  const forms = {
    text: () => statusText(status, terminal.paint),
    json: () => `${JSON.stringify(status)}\n`,
    env: () => statusEnv(status),
  }
  terminal.write(forms[json ? 'json' : output]())
  return 'ok'
}

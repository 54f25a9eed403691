/** Every command: its words for `--help`, the flags it takes, and where its code is, which loads only when it runs. */
import type { ExitName } from './exit-codes.ts'
import { flagTable } from './flag-table.ts'
import type { FlagRow, Flags } from './flags.ts'
import type { Terminal } from './terminal.ts'

export interface CommandRow {
  readonly name: string
  readonly summary: string
  /** The last lines of its help page. */
  readonly note: string
  readonly flags: readonly FlagRow[]
  load(): Promise<{ run(flags: Flags, terminal: Terminal): Promise<ExitName> }>
}

const folderFlags = ['project', 'data-dir']

export const commandTable: readonly CommandRow[] = [
  {
    name: 'start',
    summary: 'Start the backend of this folder and keep it running.',
    note:
      'A flag goes before its environment variable, and that before config.toml. ' +
      'Ctrl+C, SIGTERM or "plinth stop" stops the server after the requests in hand; a second Ctrl+C stops it at once.',
    flags: flagTable.filter((row) => row.flag !== 'output'),
    load: () => import('./commands/start.ts'),
  },
  {
    name: 'stop',
    summary: 'Stop the backend that runs on a data folder.',
    note: 'Waits for the requests in hand. Also stops a PostgreSQL that a killed server left behind.',
    flags: withFlags(folderFlags),
    load: () => import('./commands/stop.ts'),
  },
  {
    name: 'status',
    summary: 'Print the URLs and keys of the running backend.',
    note: 'Its output holds secrets. Ends with code 1 when nothing runs.',
    flags: withFlags([...folderFlags, 'json', 'output']),
    load: () => import('./commands/status.ts'),
  },
  {
    name: 'settings',
    summary: 'Print the settings in force, and where each comes from.',
    note: 'Takes the flags of start. Secrets are not shown, so the output may go into a bug report.',
    flags: flagTable.filter(
      (row) => row.flag !== 'output' && row.flag !== 'quiet' && row.flag !== 'show-secrets',
    ),
    load: () => import('./commands/settings.ts'),
  },
]

function withFlags(names: readonly string[]): FlagRow[] {
  return flagTable.filter((row) => names.includes(row.flag))
}

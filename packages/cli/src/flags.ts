/** Reads a command's arguments by the flag table. Knows nothing of what the values mean. */
import { CommandError } from './command-error.ts'

/** One flag, as the settings table has it. */
export interface FlagRow {
  /** Without its dashes. */
  readonly flag: string
  /** The heading under which `--help` lists it. */
  readonly group: string
  readonly help: string
  /** What it takes, in words. */
  readonly expected: string
  readonly shownDefault: string | undefined
  readonly isSwitch: boolean
  /** The environment variable that says the same. */
  readonly env: string
}

export type Flags = Readonly<Record<string, string | undefined>>

const shortForms: Readonly<Record<string, string>> = { h: 'help', o: 'output', V: 'version' }

/**
 * The values by flag name; a switch has `true`. Takes `--name value`, `--name=value`, `-o value`. Refuses what `rows`
 * does not have; `suggest` finds the name that was meant.
 */
export async function readFlags(
  args: readonly string[],
  rows: readonly FlagRow[],
  suggest: Suggest,
): Promise<Flags> {
  const flags: Record<string, string> = {}
  const rest = [...args]
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const { name, value } = splitArgument(arg)
    const row = rows.find((candidate) => candidate.flag === name)
    if (row === undefined) throw await unknownFlag(arg, rows, suggest)
    flags[row.flag] = value ?? (row.isSwitch ? 'true' : takeValue(row, rest))
  }
  return flags
}

export type Suggest = (name: string, candidates: readonly string[]) => Promise<string | undefined>

/** `--name=value` in its parts. A short flag has the name that it is short for. */
export function splitArgument(arg: string): { name: string | undefined; value: string | undefined } {
  const [, dashes, written, value] = /^(--?)([^=]+)(?:=([^]*))?$/.exec(arg) ?? []
  if (written === undefined) return { name: undefined, value: undefined }
  return { name: dashes === '-' ? shortForms[written] : written, value }
}

function takeValue(row: FlagRow, rest: string[]): string {
  const value = rest.shift()
  if (value !== undefined && !value.startsWith('--')) return value
  throw new CommandError('usage', `--${row.flag} needs a value: ${row.expected}`)
}

async function unknownFlag(arg: string, rows: readonly FlagRow[], suggest: Suggest): Promise<CommandError> {
  if (!arg.startsWith('-')) return new CommandError('usage', `unexpected argument "${arg}"`)
  const written = arg.split('=', 1)[0] ?? arg
  const meant = await suggest(
    written,
    rows.map((row) => `--${row.flag}`),
  )
  return new CommandError(
    'usage',
    `unknown flag ${written}${meant === undefined ? '' : `: did you mean ${meant}?`}`,
  )
}

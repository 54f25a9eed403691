/** The `plinth` command: finds the command that was meant, runs it, and turns how it ended into words and an exit code. */
import { readFileSync } from 'node:fs'
import { CommandError } from './command-error.ts'
import { commandTable, type CommandRow } from './command-table.ts'
import { describeError } from './error-report.ts'
import { exitCodes, type ExitName } from './exit-codes.ts'
import { readFlags, splitArgument } from './flags.ts'
import { commandHelp, generalHelp } from './help.ts'
import { processTerminal, type Terminal } from './terminal.ts'

/** Runs the command line `args` (without `node` and the script) and returns the exit code. */
export async function main(args: readonly string[], terminal = processTerminal(process)): Promise<number> {
  try {
    return exitCodes[await dispatch(args, terminal)]
  } catch (error) {
    const { text, exit } = describeError(error, terminal.paintError)
    terminal.writeError(text)
    return exitCodes[exit]
  }
}

async function dispatch(args: readonly string[], terminal: Terminal): Promise<ExitName> {
  const [word, ...rest] = args
  const asked = args.map((arg) => splitArgument(arg).name)
  const command = commandTable.find((candidate) => candidate.name === (word === 'help' ? rest[0] : word))
  if (asked.includes('help') || word === 'help' || word === undefined) return help(command, terminal)
  if (splitArgument(word).name === 'version') return version(terminal)
  if (command === undefined) throw await unknownCommand(word)
  const flags = await readFlags(rest, command.flags, suggest).catch((error: unknown) => {
    throw withAdvice(error, `See "plinth ${command.name} --help".`)
  })
  const loaded = await command.load()
  return loaded.run(flags, terminal)
}

function help(command: CommandRow | undefined, terminal: Terminal): ExitName {
  terminal.write(
    command === undefined
      ? generalHelp(commandTable, terminal)
      : commandHelp(command, command.flags, terminal),
  )
  return 'ok'
}

function version(terminal: Terminal): ExitName {
  // The same way up in a checkout (packages/cli/src) and in the published package (dist/cli/src).
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')
  const manifest: unknown = JSON.parse(text)
  const found =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : ''
  terminal.write(`${String(found)}\n`)
  return 'ok'
}

async function unknownCommand(word: string): Promise<CommandError> {
  const meant = await suggest(
    word,
    commandTable.map((command) => command.name),
  )
  const sentence = `there is no command "${word}"${meant === undefined ? '' : `: did you mean "plinth ${meant}"?`}`
  return new CommandError('usage', sentence, 'See "plinth --help".')
}

/** Loaded only when needed: the server's code takes longer to load than everything here. */
async function suggest(name: string, candidates: readonly string[]): Promise<string | undefined> {
  const { nearest } = await import('@plinth/server')
  return nearest(name, candidates)
}

function withAdvice(error: unknown, advice: string): unknown {
  return error instanceof CommandError ? new CommandError(error.exit, error.message, advice) : error
}

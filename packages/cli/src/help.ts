/** What `--help` prints: text from the tables of commands and flags, set to the terminal's width. */
import type { CommandRow } from './command-table.ts'
import type { FlagRow } from './flags.ts'
import type { Terminal } from './terminal.ts'

type Page = Pick<Terminal, 'columns' | 'paint'>

const indent = '  '

/** The page of the whole command. */
export function generalHelp(commands: readonly CommandRow[], page: Page): string {
  const width = Math.max(...commands.map((command) => command.name.length)) + 3
  const lines = commands.map(
    (command) => `${indent}${page.paint('cyan', command.name.padEnd(width))}${command.summary}`,
  )
  return [
    'Plinth: a backend in one process.',
    '',
    page.paint('bold', 'Usage'),
    `${indent}plinth <command> [flags]`,
    '',
    page.paint('bold', 'Commands'),
    ...lines,
    '',
    page.paint('bold', 'Flags'),
    `${indent}${page.paint('cyan', '--help'.padEnd(width + 3))}What a command does and takes: plinth start --help`,
    `${indent}${page.paint('cyan', '--version'.padEnd(width + 3))}The version.`,
    '',
  ].join('\n')
}

/** The page of one command: its flags by group, each with what it takes, its default and its variable. */
export function commandHelp(command: CommandRow, rows: readonly FlagRow[], page: Page): string {
  const groups = [...new Set(rows.map((row) => row.group))]
  const width = Math.max(...rows.map((row) => label(row).length)) + 3
  const sections = groups.flatMap((group) => section(group, rows, { page, width }))
  return [
    command.summary,
    '',
    page.paint('bold', 'Usage'),
    `${indent}plinth ${command.name} [flags]`,
    ...sections,
    '',
    ...wrap(command.note, page.columns),
    '',
  ].join('\n')
}

function section(
  group: string,
  rows: readonly FlagRow[],
  { page, width }: { page: Page; width: number },
): string[] {
  const own = rows.filter((row) => row.group === group)
  return ['', page.paint('bold', group), ...own.flatMap((row) => flagLines(row, width, page))]
}

function label(row: FlagRow): string {
  const short = row.flag === 'output' ? '-o, ' : ''
  return `${short}--${row.flag}${row.isSwitch ? '' : ' VALUE'}`
}

function flagLines(row: FlagRow, width: number, page: Page): string[] {
  const facts = [
    ...(row.isSwitch || row.expected === 'a text' ? [] : [row.expected]),
    ...(row.isSwitch || row.shownDefault === undefined || row.shownDefault === ''
      ? []
      : [`default ${row.shownDefault}`]),
    row.env,
  ]
  const room = page.columns - width - indent.length
  const texts = [
    ...wrap(row.help, room),
    ...wrap(facts.join('; '), room).map((line) => page.paint('dim', line)),
  ]
  const margin = ' '.repeat(width)
  return texts.map((text, index) => {
    const left = index === 0 ? page.paint('cyan', label(row).padEnd(width)) : margin
    return `${indent}${left}${text}`
  })
}

/** Breaks at spaces so that no line is longer than `width`, save for words that are. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

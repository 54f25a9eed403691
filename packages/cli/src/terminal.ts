/** What a command sees of the world around it: arguments apart, everything it reads and writes goes through here. */
import { styleText } from 'node:util'

type Style = 'bold' | 'dim' | 'red' | 'green' | 'cyan'
/** Puts text in a style; returns it as it is where colour is not wanted. */
export type Paint = (style: Style, text: string) => string

export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** True when people read along: live progress is shown then. */
  readonly isInteractive: boolean
  /** Width to set text in. */
  readonly columns: number
  readonly paint: Paint
  readonly paintError: Paint
  write(text: string): void
  writeError(text: string): void
}

/** Wider lines are hard to read, and narrower ones than this cannot be set well. */
const columnsMin = 60
const columnsMax = 100

/** The terminal, pipes or files of this process. */
export function processTerminal(process: NodeJS.Process): Terminal {
  const { env, stdout, stderr } = process
  // The reader of a pipe may go away, as `head` does. That must not end a server.
  for (const stream of [stdout, stderr]) stream.on('error', ignoreClosedPipe)
  return {
    env,
    cwd: process.cwd(),
    isInteractive: stdout.isTTY && stderr.isTTY && env['TERM'] !== 'dumb',
    columns: Math.min(Math.max(stdout.columns ?? 80, columnsMin), columnsMax),
    paint: painter(wantsColour(env, stdout.isTTY)),
    paintError: painter(wantsColour(env, stderr.isTTY)),
    write: (text) => void stdout.write(text),
    writeError: (text) => void stderr.write(text),
  }
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}

/** https://no-color.org, and FORCE_COLOR as Node reads it. */
export function wantsColour(env: Terminal['env'], isTerminal: boolean): boolean {
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false
  const forced = env['FORCE_COLOR']
  if (forced !== undefined) return forced !== '0' && forced !== 'false'
  return isTerminal && env['TERM'] !== 'dumb'
}

export function painter(isColoured: boolean): Paint {
  // Node's own check looks at the stream again, and would undo FORCE_COLOR.
  return (style, text) => (isColoured ? styleText(style, text, { validateStream: false }) : text)
}

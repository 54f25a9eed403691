/** A terminal for tests: keeps what is written. */
import { painter, type Terminal } from '../terminal.ts'

export interface TestTerminal extends Terminal {
  /** Everything that was written to standard output. */
  output(): string
  errors(): string
}

export function testTerminal(options: Partial<Terminal> = {}): TestTerminal {
  let output = ''
  let errors = ''
  return {
    env: {},
    cwd: '/',
    isInteractive: false,
    columns: 80,
    paint: painter(false),
    paintError: painter(false),
    write: (text) => void (output += text),
    writeError: (text) => void (errors += text),
    ...options,
    output: () => output,
    errors: () => errors,
  }
}

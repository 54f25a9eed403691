/** CSV (RFC 4180) with a header line, as rows of objects. */
import { Failure } from '../../../kernel/failure.ts'

/** A field, quoted or plain, and what ends it. */
const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/y

/** Each line as an object of texts; the plain text `NULL` is null. Refuses with `body_invalid`. */
export function parseCsv(text: string): {
  columns: readonly string[]
  rows: Record<string, string | null>[]
} {
  const [header, ...lines] = parseLines(text)
  if (header === undefined) return refuse('not enough input')
  const columns = header.map((cell) => cell ?? 'NULL')
  const rows = lines.map((line) => {
    if (line.length !== columns.length) refuse('All lines must have same number of fields')
    return Object.fromEntries(columns.map((column, index) => [column, line[index] ?? null]))
  })
  return { columns, rows }
}

function parseLines(text: string): (string | null)[][] {
  const lines: (string | null)[][] = []
  let line: (string | null)[] = []
  field.lastIndex = 0
  while (field.lastIndex < text.length) {
    const found = field.exec(text)
    if (found === null) return refuse('a quoted field is not closed')
    const [, quoted, plain = '', end] = found
    line.push(quoted === undefined ? (plain === 'NULL' ? null : plain) : quoted.replaceAll('""', '"'))
    if (end !== ',') {
      if (line.length > 1 || plain !== '' || quoted !== undefined) lines.push(line)
      line = []
    } else if (field.lastIndex === text.length) line.push('')
  }
  if (line.length > 0) lines.push(line)
  return lines
}

function refuse(reason: string): never {
  throw new Failure('body_invalid', { reason })
}

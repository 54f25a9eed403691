/** On which line of its file a statement failed, from what PostgreSQL says about the place. Pure. */
import type { DatabaseErrorFields } from '../database-error.ts'
import type { SplitStatement } from './split-statements.ts'
import { tokenAt } from './sql-token.ts'

/** 1-based line in the file; the statement's first line where PostgreSQL names no place. */
export function lineOfError(statement: SplitStatement, fields: DatabaseErrorFields): number {
  const { text, textLine } = statement
  if (fields.position !== undefined) return textLine + breaksBefore(text, fields.position)
  const bodyLine = inlineBlockLine(fields.where)
  if (bodyLine === undefined) return statement.line
  const bodyStart = dollarBodyStart(text)
  return bodyStart === undefined
    ? statement.line
    : textLine + lineBreaks(text.slice(0, bodyStart)) + bodyLine - 1
}

/** PostgreSQL counts characters from 1, JavaScript UTF-16 units from 0. */
function breaksBefore(text: string, position: number): number {
  let breaks = 0
  let count = 0
  for (const char of text) {
    if (++count >= position) break
    if (char === '\n') breaks++
  }
  return breaks
}

/** Line within the body of a `do` block: its context is the outermost, and so the last line. */
function inlineBlockLine(where: string | undefined): number | undefined {
  const outermost = where?.split('\n').at(-1) ?? ''
  const found = /\binline_code_block\b\D*(\d+)/.exec(outermost)
  return found === null ? undefined : Number(found[1])
}

function dollarBodyStart(text: string): number | undefined {
  for (let at = 0; at < text.length;) {
    const token = tokenAt(text, at)
    if (token.kind === 'quoted' && text.charAt(at) === '$') return text.indexOf('$', at + 1) + 1
    at = token.end
  }
  return undefined
}

function lineBreaks(text: string): number {
  return text.split('\n').length - 1
}

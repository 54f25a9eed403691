/** Names, JSON paths and fields, as they stand in every part of a query. */
import type { Cursor } from './cursor.ts'
import type { Field, JsonStep } from './wish.ts'

/** Letters of any script, digits, `_`, `$` and spaces; a dash joins such parts, but `->` ends the name. */
const plainName = /[\p{L}\p{N}_$ ]+(?:-(?!>)[\p{L}\p{N}_$ ]+)*/uy
const plainIdentifier = /[\p{L}\p{N}_$ ]+/uy
const plainKey = /[^(\-:.,>)]+(?:-(?!>)[^(\-:.,>)]+)*/uy
const quotedText = /"((?:[^"\\]|\\[^])*)"/y
const jsonIndex = /-?\d+(?=->|::|\.|,|$)/y
const simpleField = /^[A-Za-z0-9_]+$/

export const fieldNameExpected = 'field name (* or [a..z0..9_$])'

/** A name, quoted or plain. Spaces around a plain one do not count. */
export function readName(cursor: Cursor): string {
  if (cursor.next === '"') return readQuoted(cursor)
  const name = cursor.take(plainName)
  if (name === undefined) cursor.refuse(fieldNameExpected)
  return trimParts(name[0])
}

/** `"…"`, in which a backslash takes the next character as it is. */
function readQuoted(cursor: Cursor): string {
  const quoted = cursor.take(quotedText)
  if (quoted === undefined) cursor.refuse('closing quote (")')
  return unescape(quoted[1] ?? '')
}

export function unescape(text: string): string {
  return text.includes('\\') ? text.replaceAll(/\\([^])/g, '$1') : text
}

/** The name of a type or language: no quotes, no dashes. */
export function readIdentifier(cursor: Cursor): string {
  const name = cursor.take(plainIdentifier)
  if (name === undefined) cursor.refuse('letter, digit or "_ $"')
  return name[0].trim()
}

/** `name->key->>0`, with spaces around it. */
export function readField(cursor: Cursor): Field {
  cursor.skipSpaces()
  const name = readName(cursor)
  const path = readJsonPath(cursor)
  cursor.skipSpaces()
  return { name, path }
}

export function readJsonPath(cursor: Cursor): readonly JsonStep[] {
  if (cursor.next !== '-') return []
  const steps: JsonStep[] = []
  while (cursor.startsWith('->')) {
    cursor.countItem()
    const arrow = cursor.skip('->>') ? '->>' : '->'
    if (arrow === '->') cursor.skip('->')
    steps.push(readOperand(cursor, arrow))
  }
  return steps
}

function readOperand(cursor: Cursor, arrow: JsonStep['arrow']): JsonStep {
  const index = cursor.take(jsonIndex)
  if (index !== undefined) return { arrow, kind: 'index', at: index[0] }
  if (cursor.next === '"') return { arrow, kind: 'key', at: readQuoted(cursor) }
  if (cursor.startsWith('--')) {
    cursor.at += 1
    cursor.refuse('digit')
  }
  const key = cursor.take(plainKey)
  if (key === undefined) cursor.refuse('"-", digit or any non reserved character different from: .,>()')
  return { arrow, kind: 'key', at: trimParts(key[0]) }
}

/** The key of a query parameter as the way to a level and a field there: `rel.sub.col->key`. */
export function readTreePath(cursor: Cursor): { path: readonly string[]; field: Field } {
  if (simpleField.test(cursor.text)) return { path: [], field: { name: cursor.text, path: [] } }
  const names = [readName(cursor)]
  while (cursor.skip('.')) names.push(readName(cursor))
  const steps = readJsonPath(cursor)
  cursor.expectEnd('delimiter (.)')
  const name = names.pop() ?? ''
  return { path: names, field: { name, path: steps } }
}

/** Each part between dashes is taken without the spaces around it. */
function trimParts(name: string): string {
  if (!name.includes(' ')) return name
  return name
    .split('-')
    .map((part) => part.trim())
    .join('-')
}

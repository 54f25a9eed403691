/** What stands after a column in a filter: `not.eq.5`, `in.(1,2)`, `fts(english).cat`. */
import type { Cursor } from './cursor.ts'
import { unescape } from './names.ts'
import {
  compareOperators,
  isStates,
  relateOperators,
  searchOperators,
  type CompareOperator,
  type SearchOperator,
  type Test,
} from './wish.ts'

export const operatorExpected = 'operator (eq, gt, ...)'

const operation = new RegExp(
  `(?:(in|is|isdistinct|${relateOperators.join('|')})` +
    `|(${compareOperators.join('|')})(?:\\((any|all)\\))?` +
    `|(${searchOperators.join('|')})(?:\\(([\\p{L}\\p{N}_$ ]+)\\))?)\\.`,
  'uy',
)
const isState = new RegExp(isStates.toSorted((a, b) => b.length - a.length).join('|'), 'iy')
const listItem = /"((?:[^"\\]|\\[^])*)"(?=[,)])|[^,)]*/y

/** How the value of a single-valued operator ends: at the end of the text, or before what closes it in a logic tree. */
export type ReadValue = (cursor: Cursor) => { start: number; value: string }

/** Reads `not.` and an operation; undefined where there is neither. */
export function readTest(
  cursor: Cursor,
  readValue: ReadValue,
): { isNegated: boolean; test: Test } | undefined {
  const isNegated = cursor.skip('not.')
  const found = cursor.take(operation)
  if (found === undefined && isNegated) cursor.refuse(operatorExpected)
  if (found === undefined) return undefined
  return { isNegated, test: readOperands(cursor, found, readValue) }
}

function readOperands(cursor: Cursor, found: RegExpExecArray, readValue: ReadValue): Test {
  const [, plain, compared, quantifier, searched, language] = found
  if (plain === 'in') return { kind: 'in', values: readList(cursor) }
  if (plain === 'is') return { kind: 'is', state: readState(cursor) }
  if (plain === 'isdistinct') return { kind: 'distinct', value: addValue(cursor, readValue) }
  if (compared !== undefined) {
    return readCompare(cursor, { operator: known(compareOperators, compared), quantifier, readValue })
  }
  if (searched !== undefined) {
    const operator: SearchOperator = known(searchOperators, searched)
    return { kind: 'search', operator, language: language?.trim(), value: addValue(cursor, readValue) }
  }
  return {
    kind: 'relate',
    operator: known(relateOperators, plain ?? ''),
    value: addValue(cursor, readValue),
  }
}

function readCompare(
  cursor: Cursor,
  found: { operator: CompareOperator; quantifier: string | undefined; readValue: ReadValue },
): Test {
  const { operator } = found
  const { start, value } = found.readValue(cursor)
  // `*` needs no escape in a URL, in contrast to `%`.
  const text = operator === 'like' || operator === 'ilike' ? value.replaceAll('*', '%') : value
  const quantifier = found.quantifier === 'any' || found.quantifier === 'all' ? found.quantifier : undefined
  return { kind: 'compare', operator, quantifier, value: cursor.addValue(start, text) }
}

function addValue(cursor: Cursor, readValue: ReadValue): number {
  const { start, value } = readValue(cursor)
  return cursor.addValue(start, value)
}

/** The pattern has matched one of the names, so that it is found. */
function known<const Names extends readonly string[]>(names: Names, name: string): Names[number] {
  return names.find((candidate) => candidate === name) ?? names[0] ?? ''
}

function readState(cursor: Cursor): (typeof isStates)[number] {
  const word = cursor.take(isState)?.[0].toLowerCase()
  const state = isStates.find((known_) => known_ === word)
  if (state === undefined) cursor.refuse('isVal: (null, not_null, true, false, unknown)')
  return state
}

/** `(a,"b,c")` as the text of a PostgreSQL array. */
function readList(cursor: Cursor): number {
  const start = cursor.at
  cursor.skipSpaces()
  cursor.expect('(')
  cursor.skipSpaces()
  const items = [readListItem(cursor)]
  while (cursor.skip(',')) items.push(readListItem(cursor))
  cursor.expect(')')
  cursor.skipSpaces()
  // One empty item is how an empty list looks.
  const isEmpty = items.length === 1 && items[0] === ''
  return cursor.addValue(start, isEmpty ? '{}' : `{${items.map(quoteItem).join(',')}}`)
}

function readListItem(cursor: Cursor): string {
  const found = cursor.take(listItem)
  return found?.[1] === undefined ? (found?.[0] ?? '') : unescape(found[1])
}

function quoteItem(item: string): string {
  return `"${item.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

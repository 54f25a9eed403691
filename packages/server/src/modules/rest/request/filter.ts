/** Filters: one per query parameter (`id=eq.5`), or many in a tree (`or=(a.eq.1,and(b.gt.2,c.is.null))`). */
import { Cursor } from './cursor.ts'
import { fieldNameExpected, readField, readName, readTreePath, unescape } from './names.ts'
import { operatorExpected, readTest } from './operation.ts'
import type { Values } from './values.ts'
import type { AtLevel, Condition, Filter } from './wish.ts'

const group = /\s*(not\.)?(and|or)\s*\(\s*/y
const treeValue = /"((?:[^"\\]|\\[^])*)"(?=[,)])|(\{[^{}]*\})|[^,)]*/y

/** `key=value` as a filter; undefined where the value has no operator, and so is an argument of a function. */
export function parseFilter(key: string, value: string, values: Values): AtLevel<Filter> | undefined {
  const { path, field } = readTreePath(new Cursor('tree path', key))
  const cursor = new Cursor('filter', value, values)
  const found = readTest(cursor, readToEnd)
  if (found === undefined) return undefined
  cursor.expectEnd('")"')
  values.addShape(key)
  cursor.finishShape()
  return { path, value: { kind: 'filter', field, ...found } }
}

/** Refuses a value that has no operator, where arguments have no place. */
export function refuseNoOperator(value: string): never {
  return new Cursor('filter', value).refuse(`"not" or ${operatorExpected}`)
}

function readToEnd(cursor: Cursor): { start: number; value: string } {
  const start = cursor.at
  cursor.at = cursor.text.length
  return { start, value: cursor.text.slice(start) }
}

/** `and=(…)`, `not.or=(…)`, `rel.or=(…)`: the last name of the key is the kind, `not` before it negates. */
export function parseLogic(key: string, value: string, values: Values): AtLevel<Condition> {
  const keyCursor = new Cursor('logic path', key)
  const names = [readName(keyCursor)]
  while (keyCursor.skip('.')) names.push(readName(keyCursor))
  keyCursor.expectEnd('delimiter (.)')
  const kind = names.pop() ?? ''
  const negation = names.includes('not') ? 'not.' : ''
  const cursor = new Cursor({ what: 'logic tree', shown: value }, `${negation}${kind}${value}`, values)
  // What follows the tree says nothing: URLs with a parenthesis too many are out there, and work.
  const tree = readCondition(cursor)
  values.addShape(key)
  cursor.finishShape()
  return { path: names.filter((name) => name !== 'not'), value: tree }
}

function readCondition(cursor: Cursor): Condition {
  cursor.countItem()
  const opened = cursor.take(group)
  if (opened !== undefined) return readGroup(cursor, opened)
  if (cursor.next === ')' || cursor.isAtEnd) {
    cursor.refuse(`${fieldNameExpected}, negation operator (not) or logic operator (and, or)`)
  }
  const field = readField(cursor)
  cursor.expect('.')
  const found = readTest(cursor, readTreeValue)
  if (found === undefined) cursor.refuse(operatorExpected)
  return { kind: 'filter', field, ...found }
}

function readGroup(cursor: Cursor, opened: RegExpExecArray): Condition {
  const conditions = cursor.nested(() => {
    const read = [readCondition(cursor)]
    while (cursor.skip(',')) read.push(readCondition(cursor))
    return read
  })
  cursor.expect(')')
  cursor.skipSpaces()
  return {
    kind: opened[2] === 'or' ? 'or' : 'and',
    isNegated: opened[1] !== undefined,
    conditions,
  }
}

/** Up to the next `,` or `)`; quotes or braces hold these. */
function readTreeValue(cursor: Cursor): { start: number; value: string } {
  const start = cursor.at
  const found = cursor.take(treeValue)
  const quoted = found?.[1]
  return { start, value: quoted === undefined ? (found?.[0] ?? '') : unescape(quoted) }
}

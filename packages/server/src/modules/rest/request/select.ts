/** The `select` parameter: columns, aliases, casts, aggregates, embedded resources to any depth. */
import { Cursor } from './cursor.ts'
import { readField, readIdentifier, readName } from './names.ts'
import type { Values } from './values.ts'
import { aggregates, type Aggregate, type SelectField, type SelectItem, type SelectRelation } from './wish.ts'

const star = /\*(?=[,)]|$)/y
const bareCount = /count\(\)/y
const aggregateCall = new RegExp(`\\.(${aggregates.join('|')})\\(\\)`, 'y')
/** What makes an item a relation: a name with its hints, and then an opening parenthesis. */
const aliasEnd = /:(?!:)/y

export const allColumns: SelectField = {
  kind: 'field',
  field: { name: '*', path: [] },
  alias: undefined,
  cast: undefined,
  aggregate: undefined,
  aggregateCast: undefined,
}

export function parseSelect(text: string, values: Values): readonly SelectItem[] {
  const cursor = new Cursor('select parameter', text, values)
  const items = readItems(cursor)
  // As in logic trees, what follows the last parenthesis says nothing.
  cursor.finishShape()
  return items
}

/** Items up to the end or a closing parenthesis; there may be none. */
function readItems(cursor: Cursor): readonly SelectItem[] {
  cursor.skipSpaces()
  if (cursor.isAtEnd || cursor.next === ')') return []
  const items = [readItem(cursor)]
  while (cursor.skip(',')) items.push(readItem(cursor))
  return items
}

function readItem(cursor: Cursor): SelectItem {
  cursor.countItem()
  cursor.skipSpaces()
  if (cursor.skip('...')) return readRelation(cursor, readName(cursor), { isSpread: true, alias: undefined })
  if (cursor.take(star) !== undefined) return endField(cursor, allColumns)
  const alias = readAlias(cursor)
  if (cursor.take(bareCount) !== undefined) {
    const aggregateCast = readCast(cursor)
    return endField(cursor, { ...allColumns, alias, aggregate: 'count', aggregateCast })
  }
  const start = cursor.at
  const name = readName(cursor)
  if (cursor.next === '(' || cursor.next === '!')
    return readRelation(cursor, name, { isSpread: false, alias })
  cursor.at = start
  return readColumn(cursor, alias)
}

/** `alias:`, if that is what comes next; a name that is followed by something else is left for the next reader. */
function readAlias(cursor: Cursor): string | undefined {
  if (!cursor.text.includes(':', cursor.at)) return undefined
  const start = cursor.at
  const name = readName(cursor)
  if (cursor.take(aliasEnd) !== undefined) {
    cursor.skipSpaces()
    return name
  }
  cursor.at = start
  return undefined
}

function readColumn(cursor: Cursor, alias: string | undefined): SelectField {
  const field = readField(cursor)
  const cast = readCast(cursor)
  const aggregate = readAggregate(cursor)
  const aggregateCast = aggregate === undefined ? undefined : readCast(cursor)
  return endField(cursor, { kind: 'field', field, alias, cast, aggregate, aggregateCast })
}

function readCast(cursor: Cursor): string | undefined {
  return cursor.skip('::') ? readIdentifier(cursor) : undefined
}

function readAggregate(cursor: Cursor): Aggregate | undefined {
  const name = cursor.take(aggregateCall)?.[1]
  return aggregates.find((known) => known === name)
}

function endField(cursor: Cursor, field: SelectField): SelectField {
  cursor.skipSpaces()
  if (!cursor.isAtEnd && cursor.next !== ',' && cursor.next !== ')') {
    cursor.refuse('"->", "::", ".", ")", "," or end of input')
  }
  return field
}

function readRelation(
  cursor: Cursor,
  name: string,
  kept: { isSpread: boolean; alias: string | undefined },
): SelectRelation {
  const { hint, join } = readEmbedParameters(cursor)
  cursor.expect('(')
  const items = cursor.nested(() => readItems(cursor))
  cursor.expect(')')
  cursor.skipSpaces()
  return { kind: 'relation', name, hint, join, items, ...kept }
}

/** `!hint`, `!inner` and `!left`, at most one hint and one kind of join, in any order. */
function readEmbedParameters(cursor: Cursor): { hint: string | undefined; join: 'inner' | 'left' } {
  let hint: string | undefined
  let join: 'inner' | 'left' | undefined
  for (let count = 0; count < 2 && cursor.skip('!'); count++) {
    const word = readName(cursor)
    if (word === 'inner' || word === 'left') join ??= word
    else hint ??= word
  }
  return { hint, join: join ?? 'left' }
}

/** The `order` parameter: `a.desc.nullslast,rel(b).asc,data->>c`. */
import { Cursor } from './cursor.ts'
import { readField, readJsonPath, readName, readTreePath } from './names.ts'
import type { Values } from './values.ts'
import type { AtLevel, Field, OrderTerm } from './wish.ts'

const direction = /\.(asc|desc)/y
const nulls = /\.nulls(first|last)/y

export function parseOrder(key: string, value: string, values: Values): AtLevel<readonly OrderTerm[]> {
  const { path } = readTreePath(new Cursor('tree path', key))
  const cursor = new Cursor('order', value, values)
  const terms = [readTerm(cursor)]
  while (cursor.skip(',')) terms.push(readTerm(cursor))
  values.addShape(key)
  cursor.finishShape()
  return { path, value: terms }
}

function readTerm(cursor: Cursor): OrderTerm {
  cursor.countItem()
  cursor.skipSpaces()
  const { relation, field } = readOrderField(cursor)
  cursor.skipSpaces()
  const dir = cursor.take(direction)?.[1]
  const nullOrder = cursor.take(nulls)?.[1]
  cursor.skipSpaces()
  if (!cursor.isAtEnd && cursor.next !== ',') refuseTail(cursor, { dir, nullOrder })
  return {
    relation,
    field,
    direction: dir === 'asc' || dir === 'desc' ? dir : undefined,
    nulls: nullOrder === 'first' || nullOrder === 'last' ? nullOrder : undefined,
  }
}

function readOrderField(cursor: Cursor): { relation: string | undefined; field: Field } {
  const name = readName(cursor)
  if (!cursor.skip('(')) return { relation: undefined, field: { name, path: readJsonPath(cursor) } }
  const field = readField(cursor)
  cursor.expect(')')
  return { relation: name, field }
}

function refuseTail(cursor: Cursor, read: { dir: string | undefined; nullOrder: string | undefined }): never {
  const isDelimited = cursor.skip('.')
  if (read.nullOrder !== undefined) cursor.refuse('"," or end of input')
  if (!isDelimited) cursor.refuse('delimiter (.), "," or end of input')
  if (read.dir !== undefined) cursor.refuse('"nullsfirst" or "nullslast"')
  return cursor.refuse('"asc", "desc", "nullsfirst" or "nullslast"')
}

/** The `columns` and `on_conflict` parameters: names between commas. */
import { Cursor } from './cursor.ts'
import { readName } from './names.ts'
import type { Values } from './values.ts'

export function parseColumnList(
  parameter: 'columns' | 'on_conflict',
  text: string,
  values: Values,
): readonly string[] {
  const cursor = new Cursor(`${parameter} parameter`, text, values)
  const names = [readListName(cursor)]
  while (cursor.skip(',')) names.push(readListName(cursor))
  cursor.expectEnd('","')
  values.addShape(parameter)
  cursor.finishShape()
  return names
}

function readListName(cursor: Cursor): string {
  cursor.countItem()
  cursor.skipSpaces()
  const name = readName(cursor)
  cursor.skipSpaces()
  return name
}

/** CSV as it comes from spreadsheets. */
import { expect, test } from 'vitest'
import { Failure } from '../../../kernel/failure.ts'
import { parseCsv } from './csv.ts'

test.each<readonly [text: string, rows: unknown]>([
  ['a,b\n1,2\n', [{ a: '1', b: '2' }]],
  [
    'a,b\r\n1,2\r\n3,4',
    [
      { a: '1', b: '2' },
      { a: '3', b: '4' },
    ],
  ],
  ['a,b\n"x, ""y""\nz",NULL', [{ a: 'x, "y"\nz', b: null }]],
  [
    'a,b\n"NULL",\n,',
    [
      { a: 'NULL', b: '' },
      { a: '', b: '' },
    ],
  ],
  ['a\n\n1\n', [{ a: '1' }]],
  ['a,b', []],
])('%j', (text, rows) => {
  expect(parseCsv(text).rows).toEqual(rows)
})

test.each(['', 'a,b\n1', 'a,b\n1,2,3', 'a\n"x', 'a\nx"y'])('%j is refused', (text) => {
  expect(() => parseCsv(text)).toThrow(Failure)
})

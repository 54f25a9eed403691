/** SQL as a value: values become parameters, names are quoted, pieces nest. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ident, join, raw, sql, toStatement, type Sql } from './sql.ts'

describe('sql', () => {
  test('numbers parameters across nested pieces', () => {
    const where = join([sql`a = ${1}`, sql`b = ${'x'}`], sql` and `)
    expect(toStatement(sql`select ${ident('s', 't')} where ${where} limit ${5}`)).toEqual({
      text: 'select "s"."t" where a = $1 and b = $2 limit $3',
      values: ['1', 'x', '5'],
    })
  })

  test('keeps null and bytes as they are', () => {
    const bytes = new Uint8Array([1, 2])
    expect(toStatement(sql`values (${null}, ${bytes}, ${true})`).values).toEqual([null, bytes, 'true'])
  })

  test('a name cannot end its quotes', () => {
    expect(toStatement(ident('a"; drop table x; --\0')).text).toBe('"a""; drop table x; --"')
  })

  test('no value ever becomes text, however pieces nest', () => {
    const marker = 'VALUE_FROM_OUTSIDE'
    const piece: fc.Arbitrary<Sql> = fc.letrec<{ node: Sql }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        fc.string().map((value) => sql`x = ${marker + value}`),
        fc.constant(raw('true')),
        fc.array(tie('node'), { maxLength: 4 }).map((pieces) => sql`(${join(pieces, sql` or `)})`),
      ),
    })).node
    fc.assert(
      fc.property(piece, (built) => {
        const { text, values } = toStatement(built)
        expect(text).not.toContain(marker)
        expect([...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number))).toEqual(
          values.map((_value, index) => index + 1),
        )
      }),
    )
  })
})

/** Where a statement failed: PostgreSQL's character position, or the line within a `do` block, as a line of the file. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lineOfError } from './error-line.ts'
import { splitStatements, type SplitStatement } from './split-statements.ts'

function statementOf(script: string, index: number): SplitStatement {
  const statement = splitStatements(script).statements[index]
  if (statement === undefined) throw new Error('no such statement')
  return statement
}

const fields = { message: 'm', sqlstate: '42601' }

test('a position is counted in characters, not in UTF-16 units', () => {
  const statement = statementOf(`select 1;\n\n-- 🙂🙂\nselect\n  '🙂' as nope,\n  bad`, 1)
  const position = Array.from(statement.text).indexOf('b') + 1
  expect(lineOfError(statement, { ...fields, position })).toBe(6)
})

test('every position is on the line that holds its character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(), (extra, at) => {
      const statement = statementOf(`\nselect $$\n${extra.replaceAll('$', '')}\n$$`, 0)
      const characters = Array.from(statement.text)
      const position = (at % characters.length) + 1
      const breaks = characters.slice(0, position - 1).filter((character) => character === '\n').length
      expect(lineOfError(statement, { ...fields, position })).toBe(statement.textLine + breaks)
    }),
  )
})

test('a do block names the line within its body', () => {
  const statement = statementOf(
    `select 1;\n-- about\ndo language plpgsql $x$\nbegin\n  perform 1/0;\nend $x$`,
    1,
  )
  const where = `SQL statement "select 1/0"\nPL/pgSQL function inline_code_block line 3 at PERFORM`
  expect(lineOfError(statement, { ...fields, where })).toBe(5)
})

test('without a place it is the first token of the statement', () => {
  const statement = statementOf(`\n-- about\n\ninsert into t\nvalues (1)`, 0)
  expect(lineOfError(statement, fields)).toBe(4)
  const where = 'PL/pgSQL function public.f() line 7 at RAISE'
  expect(lineOfError(statement, { ...fields, where })).toBe(4)
})

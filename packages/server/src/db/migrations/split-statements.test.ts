/** The statement splitter: what ends a statement, what does not, and that it neither loses nor breaks anything. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { splitStatements } from './split-statements.ts'

function texts(script: string): string[] {
  return splitStatements(script).statements.map(({ text }) => text)
}

describe('what does not end a statement', () => {
  test.each([
    [`select ';'`],
    [`select 'it''s; here'`],
    [`select E'\\';'`],
    [`select e'a\\\\'`],
    [`select 1 as ";"`],
    [`select 1 as "a"";"`],
    [`select $$a;b$$`],
    [`select $fn$a;$$;$fn$`],
    [`select $Ä_1$;$Ä_1$`],
    [`-- a; b\nselect 1`],
    [`/* a; /* b; */ c; */ select 1`],
    [`create rule r as on insert to t do also (insert into a values (1); insert into b values (2))`],
    [`create function f() returns int language sql begin atomic select 1; select 2; end`],
    [`create or replace procedure p() begin /* x */ ATOMIC insert into t values (1); end`],
    [`create function f() returns int begin atomic select case when a then 1 else 2 end; select 3; end`],
    [`create function f() returns int begin atomic select t.end, 1 as case, 2 as end from t; select 1; end`],
    [`select a$b, c$d`],
    [`select $1`],
  ])('%s', (statement) => {
    expect(texts(`${statement};\nselect 2`)).toEqual([statement, 'select 2'])
  })
})

describe('what ends a statement', () => {
  test.each([
    [`begin; select 1; commit;`, ['begin', 'select 1', 'commit']],
    [`select 'a\\'; select 2`, [`select 'a\\'`, 'select 2']],
    [`select 1;;select 2`, ['select 1', '', 'select 2']],
    [`select begin_atomic; end; select 2`, ['select begin_atomic', 'end', 'select 2']],
    [`select a$x$; select b$x$`, ['select a$x$', 'select b$x$']],
    [`select (1; select 2`, ['select (1; select 2']],
    [`select 1); select 2`, ['select 1)', 'select 2']],
    [`create table t (a int); end; select 1`, ['create table t (a int)', 'end', 'select 1']],
    [``, []],
  ])('%s', (script, expected) => {
    expect(texts(script)).toEqual(expected)
  })
})

test('lines are those of the text and of its first token', () => {
  const { statements } = splitStatements(`\n-- about a\n\nselect 1;\r\n\r\n/* b\n */ select\n2; -- end\n`)
  expect(statements.map(({ textLine, line, isBlank }) => ({ textLine, line, isBlank }))).toEqual([
    { textLine: 2, line: 4, isBlank: false },
    { textLine: 6, line: 7, isBlank: false },
    { textLine: 8, line: 8, isBlank: true },
  ])
})

describe('what only psql can run', () => {
  test.each([
    [`select 1;\n\\connect other\nselect 2;`, 2, 'psql'],
    [`\\.\n`, 1, 'psql'],
    [`select 1;\n\ncopy public.t (a, b) from stdin;\n1\t2\n\\.\n`, 3, 'COPY'],
    [`COPY t FROM STDIN WITH (FORMAT csv);\n'`, 1, 'COPY'],
  ])('%j is refused', (script, line, reason) => {
    const { refusal } = splitStatements(script)
    expect(refusal?.line).toBe(line)
    expect(refusal?.reason).toContain(reason)
  })

  test.each([
    [`select E'\\n'`],
    [`select '\\connect'`],
    [`-- \\i x`],
    [`copy t from '/tmp/x'`],
    [`select 'copy t from stdin'`],
    [`copy (select 1) to stdout`],
  ])('%s is not', (script) => {
    expect(splitStatements(script).refusal).toBeUndefined()
  })
})

const fragment = fc.oneof(
  fc.constantFrom(
    ';',
    "'",
    '"',
    '$$',
    '$a$',
    '--',
    '/*',
    '*/',
    '\n',
    '\r\n',
    '(',
    ')',
    '\\',
    "E'",
    '.',
    ' ',
    'begin',
    'atomic',
    'end',
    'case',
    'create',
    'function',
    'copy',
    'from',
    'stdin',
    'é',
    '🙂',
  ),
  fc.string({ unit: 'binary', maxLength: 5 }),
)
const script = fc.array(fragment, { maxLength: 60 }).map((parts) => parts.join(''))

test('any script: never throws, and the pieces joined are the script', () => {
  fc.assert(
    fc.property(script, (text) => {
      const { statements } = splitStatements(text)
      expect(statements.map(({ source }) => source).join('')).toBe(text)
      let lineBefore = 1
      for (const { source, text: inner, textLine, line } of statements) {
        expect(source).toContain(inner)
        expect(textLine).toBeGreaterThanOrEqual(lineBefore)
        expect(line).toBeGreaterThanOrEqual(textLine)
        lineBefore = line
      }
    }),
    { numRuns: 2000 },
  )
})

const quoted = fc.oneof(
  fc.string().map((text) => `'${text.replaceAll("'", "''")}'`),
  fc.string().map((text) => `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`),
  fc.string().map((text) => `"${text.replaceAll('"', '""')}"`),
  fc.string().map((text) => `$q$${text.replaceAll('$', '')}$q$`),
  fc.string().map((text) => `/*${text.replaceAll(/[*/]/g, '')}*/`),
  fc.string().map((text) => `--${text.replaceAll(/[\r\n]/g, '')}\n`),
)

test('a semicolon in a quote or comment never ends a statement; one outside always does', () => {
  fc.assert(
    fc.property(fc.array(fc.array(quoted, { minLength: 1 }), { minLength: 1 }), (statements) => {
      const parts = statements.map((pieces) => `select ${pieces.join(' , ')} x;`)
      expect(splitStatements(parts.join('')).statements.map(({ source }) => source)).toEqual(parts)
    }),
  )
})

// With a quadratic step anywhere even one megabyte would take minutes.
test.each([
  ['lines of statements', "insert into t values ('a');\n", 10_000_000],
  ['one line of statements', 'insert into t values (1);', 1_000_000],
  ['semicolons', ';', 1_000_000],
  ['open parentheses', '(;', 1_000_000],
  ['open comments', '/*', 1_000_000],
  ['open quotes', "$$'", 1_000_000],
  ['dollars', '$a', 1_000_000],
  ['a word', 'x', 1_000_000],
])('%s take linear time', (_what, part, length) => {
  const text = part.repeat(length / part.length)
  const startedAt = performance.now()
  splitStatements(text)
  expect(performance.now() - startedAt).toBeLessThan(10_000)
})

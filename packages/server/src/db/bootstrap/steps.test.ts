/** The steps of the bootstrap: how their files are read, and that each says what it must. */
import { expect, test } from 'vitest'
import { splitStatements } from '../migrations/split-statements.ts'
import { parseSteps, readSteps } from './steps.ts'

test('headers, continued lines and SQL are told apart', () => {
  const text = `-- About the file.

-- step: role x
-- unless: exists (
--   select)
-- required
-- effect: None
--   at all.
create role x;
-- a remark
alter role x login;

-- About the next.
-- step: privileges
-- variant: plinth.flag
-- effect: Some.
select 1;
`
  expect(parseSteps(text)).toMatchObject([
    {
      what: 'role x',
      unless: 'exists ( select)',
      variant: undefined,
      isRequired: true,
      effect: 'None at all.',
      sql: 'create role x;\n-- a remark\nalter role x login;\n\n-- About the next.',
    },
    { what: 'privileges', unless: undefined, variant: 'plinth.flag', isRequired: false, sql: 'select 1;' },
  ])
})

test('a step that does not say when it is done, or what it means, is a mistake of ours', () => {
  expect(() => parseSteps('-- step: a\n-- effect: b\nselect 1;')).toThrow('must say when it is done')
  expect(() => parseSteps('-- step: a\n-- unless: true\nselect 1;')).toThrow('what it means')
})

test('each step of the files has a name of its own and at least one statement', () => {
  const steps = [...readSteps('own'), ...readSteps('roles'), ...readSteps('contents')]
  expect(steps.length).toBeGreaterThan(40)
  expect(new Set(steps.map(({ what }) => what)).size).toBe(steps.length)
  for (const { sql } of steps) {
    expect(splitStatements(sql).statements.filter(({ isBlank }) => !isBlank)).not.toHaveLength(0)
  }
})

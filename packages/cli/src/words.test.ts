/** What the command prints: the summary, the status, errors, and when any of it is coloured. */
import type { Status } from '@plinth/server'
import { expect, test } from 'vitest'
import { CommandError } from './command-error.ts'
import { describeError } from './error-report.ts'
import { liveProgress } from './progress.ts'
import { statusEnv } from './status-env.ts'
import { startSummary, statusText } from './summary.ts'
import { painter, wantsColour } from './terminal.ts'
import { testTerminal } from './test/test-terminal.ts'

const status: Status = {
  api_url: 'http://127.0.0.1:54321',
  db_url: 'postgresql://postgres:p%40ss@127.0.0.1:54322/postgres',
  studio_url: null,
  anon_key: 'the-anon-key',
  service_role_key: 'the-service-key',
  publishable_key: 'sb_publishable_x',
  secret_key: 'sb_secret_x',
  jwt_secret: 'shell "$`\\ bait',
  s3_url: null,
  s3_access_key: null,
  s3_secret_key: null,
  pid: 42,
  version: '1.2.3',
}
const plain = painter(false)
const summary = {
  status,
  pageUrl: 'http://127.0.0.1:54321/',
  durationMs: 1234,
  showSecrets: false,
  statusCommand: 'npx plinth status',
}

test('the summary of a start', () => {
  expect(startSummary(summary, plain)).toMatchInlineSnapshot(`
    "
      Plinth 1.2.3 is ready after 1.2 s

      Page         http://127.0.0.1:54321/
      API          http://127.0.0.1:54321
      Database     postgresql://postgres@127.0.0.1:54322/postgres

      Anon key     the-anon-key

      Next         open http://127.0.0.1:54321/
      All keys     npx plinth status
      Stop         Ctrl+C

    "
  `)
})

test('the summary shows no secret unless asked', () => {
  const usual = startSummary(summary, plain)
  for (const secret of ['the-service-key', 'p%40ss', 'bait', 'sb_secret_x'])
    expect(usual).not.toContain(secret)
  const full = startSummary({ ...summary, showSecrets: true }, plain)
  for (const shown of ['the-service-key', 'p%40ss']) expect(full).toContain(shown)
})

test('the status holds every field that has a value', () => {
  const text = statusText(status, plain)
  const shown = Object.values(status).filter((value) => value !== null)
  expect(shown.filter((value) => !text.includes(String(value)))).toEqual([])
})

test('the status as environment is what a shell reads back', () => {
  expect(statusEnv(status)).toBe(
    [
      'API_URL="http://127.0.0.1:54321"',
      'REST_URL="http://127.0.0.1:54321/rest/v1"',
      'DB_URL="postgresql://postgres:p%40ss@127.0.0.1:54322/postgres"',
      'PUBLISHABLE_KEY="sb_publishable_x"',
      'SECRET_KEY="sb_secret_x"',
      'JWT_SECRET="shell \\"\\$\\`\\\\ bait"',
      'ANON_KEY="the-anon-key"',
      'SERVICE_ROLE_KEY="the-service-key"',
      '',
    ].join('\n'),
  )
})

test('a refusal is one sentence and what to do; a mistake of ours is the whole story', () => {
  const refusal = describeError(new CommandError('failed', 'no', 'Do this.'), plain)
  expect(refusal).toEqual({ text: 'error: no\nDo this.\n', exit: 'failed' })
  const mistake = describeError(new Error('outer', { cause: new Error('inner') }), plain)
  expect(mistake.exit).toBe('failed')
  expect(mistake.text).toMatch(
    /^error: Error: outer\n +at [^]*\ncaused by: Error: inner\n +at [^]*Please report it/,
  )
})

test('a refusal among several errors decides the exit code', () => {
  const failure = Object.assign(new Error('port 1 is taken'), {
    name: 'Failure',
    code: 'port_taken',
    hint: null,
  })
  const report = describeError(new AggregateError([failure, new Error('x')], 'many'), plain)
  expect(report).toEqual({ text: 'error: port 1 is taken\n', exit: 'portTaken' })
})

test.each([
  [{}, true, true],
  [{}, false, false],
  [{ NO_COLOR: '1' }, true, false],
  [{ NO_COLOR: '' }, true, true],
  [{ NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
  [{ FORCE_COLOR: '1' }, false, true],
  [{ FORCE_COLOR: '0' }, true, false],
  [{ TERM: 'dumb' }, true, false],
])('with %j on a terminal: %s, colour is %s', (env, isTerminal, expected) => {
  expect(wantsColour(env, isTerminal)).toBe(expected)
  expect(painter(expected)('red', 'x')).toBe(expected ? '\u001B[31mx\u001B[39m' : 'x')
})

test('progress leaves nothing behind', async () => {
  const terminal = testTerminal()
  const progress = liveProgress(terminal)
  progress.observer('migration_applied', { file: '0001_x.sql', durationMs: 1 })
  await new Promise(setImmediate)
  progress.end()
  progress.observer('server_ready', { url: '', durationMs: 1 })
  await new Promise(setImmediate)
  expect(terminal.errors()).toContain('Applied 0001_x.sql…')
  expect(terminal.errors().endsWith('\r\u001B[2K')).toBe(true)
})

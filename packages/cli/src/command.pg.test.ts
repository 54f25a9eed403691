/** Start, status and stop as processes: what scripts rely on. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from 'vitest'
import { main } from './main.ts'
import { freePort, plinth, startPlinth, type StartedCommand } from './test/running-command.ts'
import { testTerminal } from './test/test-terminal.ts'

let project: string
let ports: string[]
let data: string[]

beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), 'plinth-command-'))
  ports = ['--port', await freePort(), '--db-port', await freePort()]
  data = ['--project', project, '--data-dir', join(project, 'data')]
})
afterAll(() => rmSync(project, { recursive: true, force: true }))

describe('a running server', () => {
  let started: StartedCommand
  beforeEach(async () => {
    started = await startPlinth('--json', ...data, ...ports)
  })
  afterEach(async () => {
    await plinth('stop', ...data)
    await started.ended
  })

  test('prints one line of JSON, which status repeats', async () => {
    const status = JSON.parse(started.lines[0] ?? '')
    expect(Object.keys(status)).toEqual([
      'api_url',
      'db_url',
      'studio_url',
      'anon_key',
      'service_role_key',
      'publishable_key',
      'secret_key',
      'jwt_secret',
      's3_url',
      's3_access_key',
      's3_secret_key',
      'pid',
      'version',
    ])
    expect(status).toMatchObject({ pid: started.process.pid, api_url: `http://127.0.0.1:${ports[1]}` })
    const told = await plinth('status', '--json', ...data)
    expect({ ...told, output: JSON.parse(told.output) }).toEqual({ code: 0, output: status, errors: '' })
    expect((await plinth('status', '-o', 'json', ...data)).output).toBe(told.output)
    const text = await plinth('status', ...data)
    expect(text.output).toContain(status.service_role_key)
    expect(started.lines).toHaveLength(1)
  })

  test('is not started twice, neither on its folder nor on its port', async () => {
    const sameFolder = await plinth('start', ...data, '--port', await freePort())
    expect(sameFolder).toMatchObject({ code: 5, output: '' })
    expect(sameFolder.errors).toContain(`pid ${started.process.pid}`)
    const samePort = await plinth(
      'start',
      '--project',
      project,
      '--data-dir',
      join(project, 'other'),
      ...ports,
    )
    expect(samePort).toMatchObject({ code: 4, output: '' })
  })

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('ends well on %s', async (signal) => {
    started.process.kill(signal)
    expect(await started.ended).toBe(0)
    expect(await plinth('status', ...data)).toMatchObject({ code: 1, output: '' })
  })

  test('stops by command, once', async () => {
    const stopped = await plinth('stop', ...data)
    expect(stopped).toMatchObject({ code: 0, errors: '' })
    expect(stopped.output).toMatch(new RegExp(`^Stopped Plinth \\(pid ${started.process.pid}\\) after \\d`))
    expect(await started.ended).toBe(0)
    expect((await plinth('stop', ...data)).output).toBe(`No Plinth runs on ${join(project, 'data')}.\n`)
  })

  test('leaves a PostgreSQL when it is killed, which stop ends', async () => {
    started.process.kill('SIGKILL')
    await started.ended
    expect(await plinth('status', ...data)).toMatchObject({ code: 1 })
    expect((await plinth('stop', ...data)).output).toMatch(/^Stopped the PostgreSQL \(pid \d+\)/)
    expect((await plinth('stop', ...data)).output).toMatch(/^No Plinth runs/)
  })
})

test('a failing migration ends the start with 6, and says where and why', async () => {
  const failing = mkdtempSync(join(tmpdir(), 'plinth-failing-'))
  try {
    mkdirSync(join(failing, 'supabase/migrations'), { recursive: true })
    writeFileSync(
      join(failing, 'supabase/migrations/20260101000000_bad.sql'),
      'select 1;\nselect nonsense;\n',
    )
    const outcome = await plinth('start', '--project', failing, ...ports)
    expect(outcome).toMatchObject({ code: 6, output: '' })
    expect(outcome.errors).toMatch(/^error: .*20260101000000_bad\.sql:2: column "nonsense" does not exist/m)
    expect(outcome.errors).not.toMatch(/^ +at /m)
  } finally {
    rmSync(failing, { recursive: true, force: true })
  }
})

test('a typo in a variable is refused with 3', async () => {
  const terminal = testTerminal({ env: { PLINTH_PROT: '1' }, cwd: project })
  expect(await main(['start'], terminal)).toBe(3)
  expect(terminal.errors()).toBe('error: unknown setting PLINTH_PROT: did you mean PLINTH_PORT?\n')
})

/** Crashes of either process: what was acknowledged is there afterwards, and nothing is left behind. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { startToken } from '../../kernel/start-token.ts'
import { stopOrphan } from './index.ts'
import { ask, connect, newFolder, password, start } from './test/database.ts'

/** A zombie, whose new parent has not looked yet, is not alive. */
async function isAlive(pid: number): Promise<boolean> {
  return (await startToken(pid)) !== undefined
}

interface Holder {
  readonly child: ChildProcess
  /** The next line that it writes. */
  line(): Promise<string>
}

/** Another process with a database of its own, for killing. */
function holdDatabase(folder: string): Holder {
  const script = join(import.meta.dirname, 'test', 'hold-database.ts')
  const child = spawn(process.execPath, [script, folder, password], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return { child, line: async () => (await lines.next()).value ?? '' }
}

async function killHard(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

test('starts PostgreSQL again after kill -9, with every acknowledged write', async () => {
  const folder = await newFolder()
  const postgres = await start(folder)
  await ask(postgres.port, 'create table written (n int)')
  for (let round = 1; round <= 3; round++) {
    const client = await connect(postgres.port)
    // A backend in the middle of a statement does not notice that its server died, and holds the folder.
    const busy = connect(postgres.port).then((other) =>
      other.query('select count(*) from generate_series(1, 1e12)'),
    )
    busy.catch(() => undefined)
    await delay(50)
    await client.query('insert into written values ($1)', [round])
    const pid = postgres.pid() ?? 0
    process.kill(pid, 'SIGKILL')
    await expect.poll(() => postgres.pid() === pid).toBe(false)
    await postgres.whenUp()
    expect(postgres.pid()).not.toBe(pid)
    expect(await ask(postgres.port, 'select count(*)::int from written')).toBe(round)
  }
  expect(postgres.seen.filter((kind) => kind === 'postgres_exited')).toHaveLength(3)
})

test('gives up when PostgreSQL cannot come up again', async () => {
  const folder = await newFolder()
  const postgres = await start(folder)
  await rm(join(folder, 'postgres', 'global', 'pg_control'))
  process.kill(postgres.pid() ?? 0, 'SIGKILL')
  const failure = await postgres.lost
  expect(failure).toMatchObject({ code: 'postgres_unavailable' })
  expect(failure.message).toContain('pg_control')
  await expect(postgres.whenUp()).rejects.toBe(failure)
  await postgres.stop()
})

test('stops at once while it waits for a restart', async () => {
  const postgres = await start(await newFolder())
  process.kill(postgres.pid() ?? 0, 'SIGKILL')
  await expect.poll(() => postgres.seen).toContain('postgres_exited')
  await postgres.stop()
  await delay(300)
  expect(postgres.pid()).toBeUndefined()
  await expect(postgres.whenUp()).rejects.toMatchObject({ code: 'postgres_unavailable' })
})

test('stops also while a client holds a transaction open', async () => {
  const postgres = await start(await newFolder())
  const client = await connect(postgres.port)
  await client.query('begin; create table t (n int)')
  const pid = postgres.pid() ?? 0
  const startedAt = performance.now()
  await postgres.stop()
  expect(performance.now() - startedAt).toBeLessThan(5000)
  expect(await isAlive(pid)).toBe(false)
})

test('a database whose Plinth was killed goes on, and the next one takes it over', async () => {
  const folder = await newFolder()
  const holder = holdDatabase(folder)
  expect(await holder.line()).toBe('opened')
  const [port = 0, pid = 0] = (await holder.line()).split(' ').map(Number)
  await killHard(holder.child)
  // Nobody reads its log any more. It must not end on that, least of all in the middle of a write.
  const client = await connect(port)
  await client.query('create table written (n int)')
  for (let n = 0; n < 2000; n++) await client.query('select 1/0').catch(() => undefined)
  await client.query('insert into written values (7)')
  expect(await isAlive(pid)).toBe(true)
  const next = await start(folder)
  expect(next.seen).toContain('postgres_recovered')
  expect(await isAlive(pid)).toBe(false)
  expect(await ask(next.port, 'select n from written')).toBe(7)
})

test('stopOrphan ends it, and then finds nothing more', async () => {
  const folder = await newFolder()
  const holder = holdDatabase(folder)
  await holder.line()
  const [, pid = 0] = (await holder.line()).split(' ').map(Number)
  await killHard(holder.child)
  expect(await stopOrphan(folder)).toBe(pid)
  expect(await isAlive(pid)).toBe(false)
  expect(await stopOrphan(folder)).toBeUndefined()
})

test('survives a killed initdb', async () => {
  const folder = await newFolder()
  for (const waitMs of [20, 150, 300]) {
    const holder = holdDatabase(folder)
    await holder.line()
    await expect
      .poll(() => readdir(folder), { interval: 5 })
      .toContainEqual(expect.stringMatching('postgres.new-'))
    await delay(waitMs)
    await killHard(holder.child)
  }
  expect(await readdir(folder)).not.toContain('postgres')
  const postgres = await start(folder)
  expect(await ask(postgres.port, 'select 1')).toBe(1)
})

test('survives a postmaster.pid whose pid is gone, or belongs to something else', async () => {
  const folder = await newFolder()
  await (await start(folder)).stop()
  for (const pid of [2_147_483_646, process.pid]) {
    const lines = [
      pid,
      join(folder, 'postgres'),
      1_700_000_000,
      5432,
      '',
      '127.0.0.1',
      '5432001 7',
      'ready   ',
    ]
    await writeFile(join(folder, 'postgres', 'postmaster.pid'), `${lines.join('\n')}\n`)
    const next = await start(folder)
    expect(next.seen).not.toContain('postgres_recovered')
    expect(await ask(next.port, 'select 1')).toBe(1)
    await next.stop()
  }
})

test('stopOrphan leaves a folder alone that has no database', async () => {
  const folder = await newFolder()
  expect(await stopOrphan(folder)).toBeUndefined()
  await mkdir(join(folder, 'postgres'))
  expect(await stopOrphan(folder)).toBeUndefined()
  expect(await stopOrphan(join(folder, 'nowhere'))).toBeUndefined()
})

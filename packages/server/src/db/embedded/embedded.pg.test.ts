/** The embedded PostgreSQL from an empty folder on, through restarts and a changed password. */
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Observe } from '../../kernel/observe.ts'
import { startEmbedded, type EmbeddedPostgres } from './index.ts'
import { ask, connect, newFolder, password, start } from './test/database.ts'

const isRoot = process.getuid?.() === 0

test('keeps what was written, and what the user has set, over a restart', async () => {
  const folder = await newFolder()
  const first = await start(folder)
  expect(first.seen).toContain('postgres_created')
  await ask(first.port, 'create table kept as select 42 as n')
  await ask(first.port, "alter system set work_mem = '7MB'")
  await first.stop()
  expect(first.pid()).toBeUndefined()
  const second = await start(folder)
  expect(await ask(second.port, 'select n from kept')).toBe(42)
  expect(await ask(second.port, 'show work_mem')).toBe('7MB')
  expect(second.seen).not.toContain('postgres_created')
  expect(second.seen).not.toContain('postgres_recovered')
})

test('takes another password than last time', async () => {
  const folder = await newFolder()
  const first = await start(folder)
  await expect(connect(first.port, 'another')).rejects.toMatchObject({ code: '28P01' })
  await first.stop()
  const second = await start(folder, { password: 'another' })
  await connect(second.port, 'another')
  await expect(connect(second.port, password)).rejects.toMatchObject({ code: '28P01' })
})

describe('a new database', () => {
  const lines: string[] = []
  let folder = ''
  let postgres: EmbeddedPostgres | undefined
  const port = (): number => postgres?.port ?? 0

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plinth-embedded-'))
    const observe: Observe = (_, detail) => void lines.push(JSON.stringify(detail))
    postgres = await startEmbedded({ folder, port: 0, password, observe })
  })
  afterAll(async () => {
    await postgres?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  test.each([
    ['wal_level', 'logical'],
    ['fsync', 'on'],
    ['synchronous_commit', 'on'],
    ['data_checksums', 'on'],
    ['jit', 'off'],
    ['TimeZone', 'UTC'],
    ['lc_messages', 'C'],
    ['listen_addresses', '127.0.0.1'],
    ['unix_socket_directories', ''],
    ['server_encoding', 'UTF8'],
  ])('has %s = %j', async (name, value) => {
    expect(await ask(port(), `show ${name}`)).toBe(value)
  })

  test('sorts by ICU, as every system does', async () => {
    const statement =
      "select concat(datlocprovider, ' ', datlocale) from pg_database where datname = 'postgres'"
    expect(await ask(port(), statement)).toBe('i en-US')
  })

  test('lets replication in with the password', async () => {
    const url = `postgresql://postgres:${encodeURIComponent(password)}@127.0.0.1:${port()}/postgres?replication=database`
    const client = new Client({ connectionString: url })
    await client.connect()
    const { rows } = await client.query<{ dbname: string }>('IDENTIFY_SYSTEM')
    await client.end()
    expect(rows[0]?.dbname).toBe('postgres')
  })

  test('keeps statements and rows out of its log', async () => {
    await ask(port(), 'create table people (mail text primary key, age int check (age > 0))')
    const refused = ask(port(), "insert into people values ('ann@example.com', -1)")
    await expect(refused).rejects.toThrow('violates check constraint')
    await expect.poll(() => lines.join('\n')).toContain('violates check constraint')
    expect(lines.join('\n')).not.toContain('ann@example.com')
  })
})

describe('refuses', () => {
  test('a port that something else has', async () => {
    const folder = await newFolder()
    const other = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void other.close())
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0
    await expect(start(folder, { port })).rejects.toMatchObject({
      code: 'port_taken',
      detail: { port, setting: '--db-port' },
    })
  })

  test('a folder that holds something else', async () => {
    const folder = await newFolder()
    await mkdir(join(folder, 'postgres'))
    await writeFile(join(folder, 'postgres', 'thesis.txt'), 'mine')
    await expect(start(folder)).rejects.toMatchObject({ code: 'data_folder_unusable' })
    expect(await readdir(join(folder, 'postgres'))).toEqual(['thesis.txt'])
  })

  test('the files of another major version', async () => {
    const folder = await newFolder()
    await mkdir(join(folder, 'postgres'))
    await writeFile(join(folder, 'postgres', 'PG_VERSION'), '15\n')
    await expect(start(folder)).rejects.toThrow('it was made by PostgreSQL 15, and this is PostgreSQL 18')
  })

  test('settings that PostgreSQL refuses, in its words', async () => {
    const folder = await newFolder()
    const first = await start(folder)
    await ask(first.port, "alter system set shared_preload_libraries = 'no_such_library'")
    await first.stop()
    await expect(start(folder)).rejects.toMatchObject({
      code: 'postgres_unavailable',
      message: expect.stringContaining('could not access file "no_such_library"'),
    })
  })
})

test.runIf(isRoot)('as root, runs as somebody else, who then stays the owner', async () => {
  const folder = await newFolder()
  const first = await start(folder)
  const { uid, mode } = await stat(join(folder, 'postgres'))
  expect(uid).not.toBe(0)
  expect(mode & 0o777).toBe(0o700)
  await first.stop()
  // A second database, made as another user.
  await rm(join(folder, 'postgres'), { recursive: true })
  const options = { folder, port: 0, password, observe: () => undefined }
  const second = await startEmbedded({ ...options, runAs: 'nobody' })
  await second.stop()
  const third = await startEmbedded(options)
  await third.stop()
  const fourth = await startEmbedded({ ...options, runAs: 'daemon' })
  await fourth.stop()
  expect((await stat(join(folder, 'postgres'))).uid).toBe(1)
  expect((await stat(folder)).uid).toBe(0)
})

test.runIf(isRoot)('as root, refuses to run as root or as nobody it knows', async () => {
  const folder = await newFolder()
  for (const runAs of ['root', 'no-such-user']) {
    const started = startEmbedded({ folder, port: 0, password, runAs, observe: () => undefined })
    await expect(started).rejects.toMatchObject({ code: 'postgres_unavailable' })
  }
})

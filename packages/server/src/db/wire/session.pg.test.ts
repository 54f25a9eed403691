/** One session on real servers: one transaction under one Sync, and many of them under way at once. */
import { createHash } from 'node:crypto'
import type { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  hasVersion,
  startThrowawayServer,
  type ThrowawayServer,
  type Version,
} from '../../../test/throwaway-server.ts'
import { openSession, outcome, scopeOf, statement, type OpenSession } from './test/asking.ts'

const versions: readonly Version[] = [18, 15]

describe.each(versions.filter(hasVersion))('PostgreSQL %s', (version) => {
  let server: ThrowawayServer
  let outside: Client
  let open: OpenSession

  beforeAll(async () => {
    server = await startThrowawayServer(version)
    outside = await server.client()
    await outside.query(`
      create role member; create role guest; create role gate login noinherit; grant member, guest to gate;
      create table notes (id int primary key, owner text not null);
      create table later (id int unique deferrable initially deferred);
      alter table notes enable row level security;
      create policy own on notes using (owner = current_setting('app.user', true));
      grant all on notes to member, guest; grant all on later to member;`)
  })
  afterAll(async () => server.stop())

  beforeEach(async () => {
    await outside.query('truncate notes, later')
    open = await openSession(server.target({ user: 'gate' }))
  })
  afterEach(async () => open.session.close(false))

  async function ids(): Promise<number[]> {
    const { rows } = await outside.query<{ id: number }>('select id from notes order by id')
    return rows.map(({ id }) => id)
  }

  const whoAmI = statement(
    `select current_user || '/' || coalesce(current_setting('app.user', true), '') || '/' || pg_current_xact_id()`,
  )
  const insert = (id: number, owner: string) =>
    statement('insert into notes values ($1, $2) returning id', `${id}`, owner)

  test('scope and statements are one transaction, answered in order', async () => {
    const job = open.send([whoAmI, insert(1, 'ann'), insert(2, 'ann'), whoAmI], { scope: scopeOf('ann') })
    const [before, first, second, after] = await job.finished
    expect(before?.text(0, 0)).toMatch(/^member\/ann\/\d+$/)
    expect([first?.text(0, 0), second?.text(0, 0), first?.affected]).toEqual(['1', '2', 1])
    expect(after?.text(0, 0)).toBe(before?.text(0, 0))
    expect(await ids()).toEqual([1, 2])
  })

  test('a statement that fails undoes those before it, and says which one it was', async () => {
    const job = open.send([insert(1, 'ann'), insert(2, 'ann'), insert(1, 'ann'), insert(3, 'ann')], {
      scope: scopeOf('ann'),
    })
    await expect(job.finished).rejects.toMatchObject({ sqlstate: '23505', statementIndex: 2 })
    expect(await ids()).toEqual([])
  })

  test('a scope that fails is no statement, and nothing runs after it', async () => {
    const job = open.send([insert(1, 'ann')], { scope: scopeOf('ann', 'stranger') })
    await expect(job.finished).rejects.toMatchObject({ sqlstate: '22023', statementIndex: undefined })
    expect(await ids()).toEqual([])
  })

  test('a constraint that is checked at the end fails behind the last statement', async () => {
    const insertLater = statement('insert into later values (1)')
    const job = open.send([insertLater, insertLater, insert(1, 'ann')], { scope: scopeOf('ann') })
    await expect(job.finished).rejects.toMatchObject({ sqlstate: '23505', statementIndex: 3 })
    expect(await ids()).toEqual([])
  })

  test('role and settings are gone afterwards, also after an error', async () => {
    const bare = statement(`select current_user || '/' || coalesce(current_setting('app.user', true), '')`)
    const scope = scopeOf('ann')
    expect(await outcome(open.send([bare], { scope }).finished)).toBe('member/ann')
    expect(await outcome(open.send([bare]).finished)).toBe('gate/')
    expect(await outcome(open.send([statement('select 1/0')], { scope }).finished)).toBe('22012')
    expect(await outcome(open.send([bare]).finished)).toBe('gate/')
  })

  test('jobs behind each other keep their answers, identities and errors', async () => {
    const users = Array.from({ length: 60 }, (_, index) => `user ${index}`)
    const texts = users.map((user, index) => {
      const scope = scopeOf(user, index % 2 === 0 ? 'member' : 'guest')
      if (index % 5 === 3) return open.send([insert(index, user), statement('select 1 / 0')], { scope })
      if (index % 5 === 4) return open.send([statement('select no_such_column')], { scope })
      const visible = statement('select string_agg(owner, $1) from notes', ',')
      return open.send([insert(index, user), visible], { scope })
    })
    expect(open.session.depth).toBe(60)
    const expected = users.map((user, index) => {
      if (index % 5 === 3) return '22012'
      return index % 5 === 4 ? '42703' : user
    })
    expect(await Promise.all(texts.map(async (job) => outcome(job.finished)))).toEqual(expected)
    expect(await ids()).toEqual(users.map((_, index) => index).filter((index) => index % 5 < 3))
  })

  test('a session without work has nothing open, and an empty job nothing to say', async () => {
    expect(await open.send([]).finished).toEqual([])
    expect(await open.send([], { scope: scopeOf('ann') }).finished).toEqual([])
    expect((await open.send([statement(' ; ')]).finished)[0]?.cells).toEqual([])
  })

  test('a transaction that a statement leaves open is rolled back, and its job fails', async () => {
    const left = open.send([statement('begin'), insert(1, 'ann')], { scope: scopeOf('ann') })
    expect(await outcome(left.finished)).toBe('25000')
    expect(await outcome(open.send([whoAmI]).finished)).toMatch(/^gate\/\/\d+$/)
    expect(await ids()).toEqual([])
    const { rows } = await outside.query(
      `select 1 from pg_stat_activity where pid = ${open.processId} and state <> 'idle'`,
    )
    expect(rows).toEqual([])
  })

  test.each(['copy later from stdin', `/* x */ CoPy later (id) FROM\n Stdin with csv`])(
    '%s is refused, and only that',
    async (copy) => {
      const alone = open.send([statement(copy)], { scope: scopeOf('ann') })
      const behind = open.send([whoAmI], { scope: scopeOf('bea') })
      const amid = open.send([insert(1, 'ann'), statement(copy), insert(2, 'ann')], { scope: scopeOf('ann') })
      const last = open.send([whoAmI], { scope: scopeOf('cyd', 'guest') })
      expect(await outcome(alone.finished)).toBe('57014')
      expect(await outcome(behind.finished)).toMatch(/^member\/bea/)
      await expect(amid.finished).rejects.toMatchObject({ sqlstate: '57014', statementIndex: 1 })
      expect(await outcome(last.finished)).toMatch(/^guest\/cyd/)
      expect(await outcome(open.send([statement('select count(*) from notes')]).finished)).toBe('42501')
    },
  )

  test('COPY TO STDOUT answers no rows, and disturbs nobody', async () => {
    const copy = open.send([statement('copy (select generate_series(1, 1000)) to stdout'), whoAmI])
    const behind = open.send([whoAmI], { scope: scopeOf('bea') })
    const [copied, mine] = await copy.finished
    expect([copied?.cells, copied?.affected]).toEqual([[], 1000])
    expect(mine?.text(0, 0)).toMatch(/^gate/)
    expect(await outcome(behind.finished)).toMatch(/^member\/bea/)
  })

  test('a zero byte is refused by us in a text, and by PostgreSQL in a value', async () => {
    expect(() => open.send([statement('select 1 \0')])).toThrow('zero byte')
    expect(await outcome(open.send([statement('select $1::text', 'a\0b')]).finished)).toBe('22021')
    expect(await outcome(open.send([statement('select 1')]).finished)).toBe('1')
  })

  test('as many parameters as the protocol can count, and no more', async () => {
    const count = (parameters: number) =>
      statement(
        `select ${Array.from({ length: parameters }, (_, index) => `$${index + 1}::int`).join('+')}`,
        ...Array.from({ length: parameters }, () => '1'),
      )
    expect(await outcome(open.send([count(40_000)], { isOnce: true }).finished)).toMatch(/^(40000|54001)$/)
    expect(() => open.send([count(65_536)])).toThrow('65535 parameters')
    expect(await outcome(open.send([statement('select 1')]).finished)).toBe('1')
  })

  test('long texts and bytes arrive as they were sent', async () => {
    const text = 'ü€🙂a'.repeat(5_000_000)
    const [sent] = await open.send([statement('select md5($1), length($1)', text)]).finished
    expect(sent?.text(0, 0)).toBe(createHash('md5').update(text).digest('hex'))
    expect(sent?.text(0, 1)).toBe('20000000')
    const bytes = Buffer.alloc(20_000_000, 7)
    const [echoed] = await open.send([statement('select $1::bytea', bytesAsText(bytes))]).finished
    expect(echoed?.text(0, 0)?.length).toBe(2 + 40_000_000)
  })

  test('an answer of 100 MB arrives whole, and is held once', async () => {
    const wide = statement(`select repeat('x', 100000000)`)
    const before = process.memoryUsage().arrayBuffers
    const [rows] = await open.send([wide]).finished
    const grown = process.memoryUsage().arrayBuffers - before
    const cell = rows?.cells[0]?.[0]
    expect([cell?.length, cell?.at(0), cell?.at(-1)]).toEqual([100_000_000, 120, 120])
    expect(grown).toBeLessThan(150_000_000)
  })

  test('losing the connection fails what is under way, and nothing that comes later hangs', async () => {
    const jobs = [open.send([statement('select pg_sleep(30)')]), open.send([whoAmI])]
    await outside.query(`select pg_terminate_backend(${open.processId})`)
    expect(await Promise.all(jobs.map(async (job) => outcome(job.finished)))).toEqual(
      jobs.map(() => 'database_unavailable'),
    )
    expect(await open.lost).toBeInstanceOf(Error)
    expect(await outcome(open.send([whoAmI]).finished)).toBe('database_unavailable')
  })
})

function bytesAsText(bytes: Buffer): string {
  return `\\x${bytes.toString('hex')}`
}

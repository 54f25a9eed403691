/** What a session keeps prepared, seen from the server: how much, for whom, and what happens when it goes stale. */
import type { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  hasVersion,
  startThrowawayServer,
  type ThrowawayServer,
  type Version,
} from '../../../test/throwaway-server.ts'
import { ask, openSession, outcome, scopeOf, statement, type OpenSession } from './test/asking.ts'

const versions: readonly Version[] = [18, 15]
/** 500, and those of the job that asks and of the one that had to go for it. */
const keptMax = 502

describe.each(versions.filter(hasVersion))('PostgreSQL %s', (version) => {
  let server: ThrowawayServer
  let outside: Client
  let open: OpenSession

  beforeAll(async () => {
    server = await startThrowawayServer(version)
    outside = await server.client()
    await outside.query(`
      create role member; create role guest; create role gate login noinherit; grant member, guest to gate;
      create table notes (owner text not null);
      insert into notes select 'user ' || i from generate_series(1, 100) i;
      alter table notes enable row level security;
      create policy own on notes to member using (owner = current_setting('app.user', true));
      create policy few on notes to guest using (owner < current_setting('app.user', true));
      grant all on notes to member, guest`)
  })
  afterAll(async () => server.stop())

  beforeEach(async () => {
    open = await openSession(server.target({ user: 'gate' }))
  })
  afterEach(async () => open.session.close(false))

  /** What the server keeps for the session: the texts that are like `pattern`, and how often each was executed. */
  async function kept(pattern = '%'): Promise<{ text: string; uses: number }[]> {
    const look = statement(
      'select statement, generic_plans + custom_plans from pg_prepared_statements where statement like $1',
      pattern,
    )
    const [rows] = await open.send([look], { isOnce: true }).finished
    return (rows?.cells ?? []).map((_, row) => ({
      text: `${rows?.text(row, 0)}`,
      uses: Number(rows?.text(row, 1)),
    }))
  }

  const one = async (text: string, scope?: ReturnType<typeof scopeOf>): Promise<string> =>
    outcome(open.send([statement(text)], scope === undefined ? {} : { scope }).finished)

  test('the least recently used go, and are closed on the server', async () => {
    for (let index = 0; index < 600; index++) {
      open.send([statement('select 1 as hot'), statement(`select ${index} as cold`)])
    }
    await open.session.settled()
    expect((await kept()).length).toBeLessThanOrEqual(keptMax)
    expect((await kept()).length).toBeGreaterThan(490)
    expect(await kept('%hot')).toEqual([{ text: 'select 1 as hot', uses: 600 }])
    expect(await kept('select 0 as cold')).toEqual([])
    expect(await kept('select 599 as cold')).toHaveLength(1)
  })

  test('what has to go for a job that fails is closed too', async () => {
    for (let index = 0; index < 600; index++) open.send([statement(`select ${index} as good`)])
    for (let index = 0; index < 600; index++) {
      open.send([statement('select 1 / 0'), statement(`select ${index} as never`)])
    }
    await open.session.settled()
    expect((await kept()).length).toBeLessThanOrEqual(keptMax)
    expect(await kept('%never')).toEqual([])
  })

  test('texts that are used once are not kept', async () => {
    for (let index = 0; index < 20; index++) open.send([statement(`select ${index}`)], { isOnce: true })
    await open.session.settled()
    expect(await kept()).toEqual([])
  })

  test('each role has its own, and policies hold when roles take turns', async () => {
    const text = 'select count(*) from notes'
    const jobs = Array.from({ length: 200 }, (_, index) => {
      const role = index % 2 === 0 ? 'member' : 'guest'
      return open.send([statement(text)], { scope: scopeOf('user 5', role) })
    })
    const expected = jobs.map((_, index) => (index % 2 === 0 ? '1' : '45'))
    expect(await Promise.all(jobs.map(async (job) => outcome(job.finished)))).toEqual(expected)
    expect(await kept('%from notes')).toEqual([
      { text, uses: 100 },
      { text, uses: 100 },
    ])
  })

  test('a plan whose result has changed is made anew, also for those behind', async () => {
    await outside.query(
      'create table shape as select 1 as a; grant select on shape to gate, member; grant create on schema public to gate',
    )
    const select = 'select to_jsonb(shape) from (select * from shape) shape'
    expect(await one('select * from shape')).toBe('1')
    expect(await one(select)).toBe('{"a": 1}')
    await outside.query('alter table shape alter a type text; alter table shape add b int default 2')
    const jobs = Array.from({ length: 40 }, (_, index) =>
      open.send([statement(index % 2 === 0 ? 'select * from shape' : select)]),
    )
    const answers = await Promise.all(jobs.map(async (job) => job.finished))
    for (const [index, [rows]] of answers.entries()) {
      if (index % 2 === 0) expect(rows?.objects()).toEqual([{ a: '1', b: 2 }])
      else expect(rows?.text(0, 0)).toBe('{"a": "1", "b": 2}')
    }
    // From then on the new plan is kept.
    await one('select * from shape')
    const [before] = await kept('select * from shape')
    await one('select * from shape')
    expect((await kept('select * from shape'))[0]?.uses).toBe((before?.uses ?? 0) + 1)
  })

  test.each(['deallocate all', 'discard all'])('%s by a statement is got over', async (text) => {
    const scope = scopeOf('user 7')
    const count = 'select count(*) from notes'
    expect(await one(count, scope)).toBe('1')
    expect(await one(text)).toBe('null')
    const jobs = Array.from({ length: 20 }, () => open.send([statement(count)], { scope }))
    expect(await Promise.all(jobs.map(async (job) => outcome(job.finished)))).toEqual(jobs.map(() => '1'))
    expect(await one(count, scope)).toBe('1')
  })

  test('a text that cannot be parsed fails each of its jobs with its own error', async () => {
    const jobs = Array.from({ length: 30 }, () => open.send([statement('select x from not_yet')]))
    expect(await Promise.all(jobs.map(async (job) => outcome(job.finished)))).toEqual(jobs.map(() => '42P01'))
    await outside.query('create table not_yet as select 5 as x; grant select on not_yet to gate')
    expect(await one('select x from not_yet')).toBe('5')
    expect(await kept('%not_yet')).toHaveLength(1)
  })

  test('the types of parameters follow the schema once the statements are forgotten', async () => {
    await outside.query('create table typed as select 1 as id; grant select on typed to gate')
    const select = async (id: string) =>
      outcome(open.send([statement('select id from typed where id = $1', id)]).finished)
    expect(await select('1')).toBe('1')
    await outside.query('alter table typed alter id type text')
    // The parameter was taken for an integer when the statement was parsed.
    expect(await select('x')).toBe('22P02')
    const behind = select('1')
    open.session.forgetStatements()
    expect(await select('1')).toBe('1')
    expect(await select('x')).toBe('null')
    expect(await behind).toBe('42883')
    expect(await kept('%typed%')).toHaveLength(1)
  })

  test('a pool forgets on all its sessions', async () => {
    await outside.query('create table pooled as select 1 as id')
    const pool = server.pool()
    const find = async () => ask(pool, 'select id from pooled where id = $1', '1')
    // Before it is known how long it takes, each goes to a session of its own.
    expect(await Promise.all([find(), find(), find(), find()])).toEqual(['1', '1', '1', '1'])
    await outside.query('alter table pooled alter id type text')
    expect(await outcome(find())).toBe('42883')
    pool.forgetStatements()
    const again = Array.from({ length: 40 }, async () => find())
    expect(new Set(await Promise.all(again))).toEqual(new Set(['1']))
  })
})

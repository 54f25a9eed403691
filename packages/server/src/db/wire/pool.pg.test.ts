/** The pool on a real server: its bounds, who waits for whom, and what happens when sessions or servers go. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startThrowawayServer, type ThrowawayServer } from '../../../test/throwaway-server.ts'
import type { ObservationKind } from '../../kernel/observe.ts'
import { freePort } from '../embedded/free-port.ts'
import type { Pool } from './pool.ts'
import { ask, outcome, statement } from './test/asking.ts'

let server: ThrowawayServer
let outside: Client

beforeAll(async () => {
  server = await startThrowawayServer(18)
  outside = await server.client()
  await outside.query('create table done (what text)')
})
afterAll(async () => server.stop())

const run = async (pool: Pool, text: string, ...values: string[]): Promise<string> =>
  outcome(ask(pool, text, ...values))

/** Takes a session for itself until `letGo` is called. */
async function hold(pool: Pool): Promise<{ letGo: () => void; ended: Promise<unknown> }> {
  let letGo: () => void = () => undefined
  const held = new Promise<void>((resolve) => {
    letGo = resolve
  })
  let begun = false
  const ended = pool.transaction(async (tx) => {
    await tx.run(statement('select 1'))
    begun = true
    await held
    await tx.run(statement(`insert into done values ('held')`))
  })
  await expect.poll(() => begun).toBe(true)
  return { letGo, ended }
}

/** In which order promises end, by their names. */
function recordOrder(): { order: string[]; note: <T>(name: string, promise: Promise<T>) => Promise<T> } {
  const order: string[] = []
  const note = async <T>(name: string, promise: Promise<T>): Promise<T> =>
    promise.finally(() => order.push(name))
  return { order, note }
}

describe('bounds', () => {
  test('what finds the queue full is refused at once, and what waits is served', async () => {
    const pool = server.pool({}, { sessionsMax: 1, queueMax: 2 })
    const { letGo, ended } = await hold(pool)
    const waiting = [run(pool, 'select 1'), run(pool, 'select 2')]
    const refused = pool.run({ statements: [statement('select 3')] })
    await expect(refused).rejects.toMatchObject({
      code: 'pool_queue_full',
      status: 503,
      detail: { queueMax: 2 },
    })
    await expect(pool.transaction(async () => 1)).rejects.toMatchObject({ code: 'pool_queue_full' })
    expect(pool.queued).toBe(2)
    letGo()
    expect(await Promise.all(waiting)).toEqual(['1', '2'])
    await ended
  })

  test('what waits too long is refused, and what comes later is served', async () => {
    const pool = server.pool({}, { sessionsMax: 1, queueMsMax: 100 })
    const { letGo, ended } = await hold(pool)
    const late = pool.run({ statements: [statement('select 1')] })
    await expect(late).rejects.toMatchObject({ code: 'pool_timeout', status: 504 })
    expect(await outcome(pool.transaction(async (tx) => tx.run(statement('select 1'))))).toBe('pool_timeout')
    letGo()
    await ended
    expect(await run(pool, 'select 2')).toBe('2')
  })

  test('where nothing listens, it says why, and refuses what waits', async () => {
    const seen: ObservationKind[] = []
    const pool = server.pool(
      {},
      {
        target: { ...server.target(), host: 'localhost', port: await freePort(0, 'port') },
        queueMsMax: 300,
        observe: (kind) => seen.push(kind),
      },
    )
    await expect(pool.connected(2)).rejects.toThrow('ECONNREFUSED')
    const waiting = Array.from({ length: 20 }, async () => run(pool, 'select 1'))
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['database_unavailable']))
    // One tries for all, at growing distances.
    expect(seen.filter((kind) => kind === 'session_retry').length).toBeLessThan(8)
  })

  test('no more sessions than it may have, and no more than it needs', async () => {
    const pool = server.pool({}, { sessionsMax: 3 })
    await Promise.all(Array.from({ length: 50 }, async () => run(pool, 'select pg_sleep(0.02)')))
    expect(pool.size).toBe(3)
    const { rows } = await outside.query(`select from pg_stat_activity where query like '%pg_sleep(0.02)%'`)
    expect(rows.length).toBe(3 + 1)
  })
})

describe('fast and slow', () => {
  const fast = 'select 1'

  /** A pool with both its sessions open, that knows how fast `fast` is. */
  async function warmPool(): Promise<Pool> {
    const pool = server.pool({}, { sessionsMax: 2 })
    await Promise.all([run(pool, 'select pg_sleep(0.05)'), run(pool, 'select pg_sleep(0.051)')])
    await expect.poll(() => pool.size).toBe(2)
    for (let round = 0; round < 5; round++) await run(pool, fast)
    return pool
  }

  test('a slow statement that nobody knows yet holds up no fast one', async () => {
    const pool = await warmPool()
    const { order, note } = recordOrder()
    const before = Array.from({ length: 20 }, async () => note('fast', run(pool, fast)))
    const slow = note('slow', run(pool, 'select pg_sleep(0.4)'))
    const after = Array.from({ length: 20 }, async () => note('fast', run(pool, fast)))
    await Promise.all([...before, slow, ...after])
    expect(order.lastIndexOf('fast')).toBeLessThan(order.indexOf('slow'))
  })

  test('one that was fast and has become slow holds up only those that were sent behind it already', async () => {
    const pool = await warmPool()
    const text = 'select pg_sleep($1)'
    for (let round = 0; round < 5; round++) await run(pool, text, '0')
    const { order, note } = recordOrder()
    const slow = note('slow', run(pool, text, '0.4'))
    await sleep(40)
    await Promise.all(Array.from({ length: 40 }, async () => note('fast', run(pool, fast))))
    await slow
    expect(order.at(-1)).toBe('slow')
  })

  test('how soon a statement fails does not make it a fast one', async () => {
    const pool = await warmPool()
    const text = `select case when $1 = '' then pg_sleep($1::float) else pg_sleep($1::float) end`
    for (let round = 0; round < 10; round++) expect(await run(pool, text, '')).toBe('22P02')
    const { order, note } = recordOrder()
    const before = Array.from({ length: 5 }, async () => note('fast', run(pool, fast)))
    const slow = note('slow', run(pool, text, '0.4'))
    const after = Array.from({ length: 20 }, async () => note('fast', run(pool, fast)))
    await Promise.all([...before, slow, ...after])
    expect(order.at(-1)).toBe('slow')
  })

  test('work that was given up does not count as fast either', async () => {
    const pool = await warmPool()
    const text = 'select pg_sleep($1::float8)'
    for (let round = 0; round < 5; round++) {
      const abort = new AbortController()
      const work = pool.run({ statements: [statement(text, '30')], signal: abort.signal })
      setTimeout(() => abort.abort(), 2)
      expect(await outcome(work)).toBe('client_closed_request')
    }
    const { order, note } = recordOrder()
    const before = Array.from({ length: 5 }, async () => note('fast', run(pool, fast)))
    const slow = note('slow', run(pool, text, '0.4'))
    const after = Array.from({ length: 20 }, async () => note('fast', run(pool, fast)))
    await Promise.all([...before, slow, ...after])
    expect(order.at(-1)).toBe('slow')
  })

  test('reading is packed onto few sessions while it is short, and writing spread', async () => {
    const pool = server.pool({}, { sessionsMax: 4 })
    await Promise.all(Array.from({ length: 4 }, async () => run(pool, 'select pg_sleep(0.05)')))
    await expect.poll(() => pool.size).toBe(4)
    const who = 'select pg_backend_pid()'
    for (let round = 0; round < 10; round++) await run(pool, who)
    const pids = async (isReadOnly: boolean) => {
      const work = { statements: [statement(who)], isReadOnly }
      const answers = await Promise.all(Array.from({ length: 8 }, async () => outcome(pool.run(work))))
      return new Set(answers).size
    }
    // How short it is has to be measured, which a busy machine may take a while for.
    await expect.poll(async () => pids(true), { timeout: 20_000 }).toBeLessThanOrEqual(2)
    expect(await pids(false)).toBe(4)
  })
})

describe('loss', () => {
  test('sessions that are killed take their work along, and nothing else', async () => {
    const pool = server.pool({ database: 'postgres' }, { sessionsMax: 4 })
    const over = new AbortController()
    const ends = new Map<string, number>()
    const wrong: string[] = []
    const caller = async (name: number): Promise<void> => {
      for (let round = 0; !over.signal.aborted; round++) {
        const mine = `${name}/${round}`
        const text = round % 10 === 0 ? 'select $1, pg_sleep(0.005)' : 'select $1'
        const end = await run(pool, text, mine)
        if (end !== mine && end !== 'database_unavailable') wrong.push(`${mine}: ${end}`)
        const kind = end === mine ? 'own' : end
        ends.set(kind, (ends.get(kind) ?? 0) + 1)
      }
    }
    const callers = Array.from({ length: 40 }, async (_, name) => caller(name))
    for (let round = 0; round < 15; round++) {
      await sleep(40)
      await outside.query(`select pg_terminate_backend(pid) from pg_stat_activity
        where query like '%select $1%' and pid <> pg_backend_pid() order by random() limit ${1 + (round % 3)}`)
    }
    over.abort()
    await Promise.all(callers)
    expect(wrong).toEqual([])
    expect(ends.get('own')).toBeGreaterThan(200)
    // Each kill meets at most what was under way on its session.
    expect(ends.get('database_unavailable') ?? 0).toBeLessThanOrEqual(15 * 40)
    expect(ends.get('database_unavailable') ?? 0).toBeGreaterThan(0)
    const after = await Promise.all(
      Array.from({ length: 50 }, async (_, n) => run(pool, 'select $1', `${n}`)),
    )
    expect(after).toEqual(after.map((_, n) => `${n}`))
    expect(pool.size).toBeLessThanOrEqual(4)
  })

  test('a server that comes back is found again, by what waits and by a pool without work', async () => {
    const own = await startThrowawayServer(18)
    const busy = own.pool()
    const quiet = own.pool({}, { sessionsMax: 1 })
    await Promise.all([busy.connected(1), quiet.connected(1)])
    const running = run(busy, 'select pg_sleep(30)')
    const restart = own.restart()
    expect(await running).toBe('database_unavailable')
    expect(await run(busy, 'select 1')).toBe('1')
    await restart
    await expect.poll(() => quiet.size).toBe(1)
    expect(await run(quiet, 'select 2')).toBe('2')
    await own.stop()
  })
})

describe('the end', () => {
  test('refuses what waits, lets what runs finish, and logs out', async () => {
    const pool = server.pool(
      { user: 'postgres' },
      { sessionsMax: 2, target: { ...server.target(), parameters: { application_name: 'closing' } } },
    )
    await outside.query('truncate done')
    const { letGo, ended } = await hold(pool)
    const running = run(pool, `insert into done select 'ran' from pg_sleep(0.2) returning what`)
    await expect.poll(() => pool.size).toBe(2)
    await sleep(20)
    const waiting = run(pool, 'select 1')
    let isClosed = false
    const closing = pool.close().then(() => (isClosed = true))
    expect(await waiting).toBe('server_stopping')
    expect(await run(pool, 'select 2')).toBe('server_stopping')
    expect(await running).toBe('ran')
    await sleep(20)
    expect(isClosed).toBe(false)
    letGo()
    await ended
    await closing
    const { rows } = await outside.query('select what from done order by 1')
    expect(rows).toEqual([{ what: 'held' }, { what: 'ran' }])
    const connected = async () =>
      (await outside.query(`select from pg_stat_activity where application_name = 'closing'`)).rows.length
    await expect.poll(connected).toBe(0)
    expect(pool.size).toBe(0)
  })

  test('while it connects, or tries to', async () => {
    const refused = server.pool({}, { target: { ...server.target(), port: await freePort(0, 'port') } })
    const waiting = run(refused, 'select 1')
    await sleep(60)
    await refused.close()
    expect(await waiting).toBe('server_stopping')
    const connecting = server.pool()
    const early = run(connecting, 'select 1')
    await connecting.close()
    expect(await early).toBe('server_stopping')
    expect(connecting.size).toBe(0)
  })
})

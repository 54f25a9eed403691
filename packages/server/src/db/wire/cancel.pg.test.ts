/** Work that is stopped: by its time limit, or because its caller has gone. Neighbours notice nothing. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import {
  hasVersion,
  startThrowawayServer,
  type ThrowawayServer,
  type Version,
} from '../../../test/throwaway-server.ts'
import type { Pool } from './pool.ts'
import { ask, openSession, outcome, scopeOf, statement, type OpenSession } from './test/asking.ts'
import { startSlowNetwork } from './test/slow-network.ts'

const versions: readonly Version[] = [18, 15]
const long = statement('select pg_sleep(60)')
const one = statement('select 1')

describe.each(versions.filter(hasVersion))('PostgreSQL %s', (version) => {
  let server: ThrowawayServer
  let outside: Client

  beforeAll(async () => {
    server = await startThrowawayServer(version)
    outside = await server.client()
    await outside.query('create role member; create table done (what text)')
  })
  afterAll(async () => server.stop())

  /** Sessions of ours that are not idle. */
  async function busy(): Promise<unknown[]> {
    const { rows } = await outside.query<{ state: string; query: string }>(
      `select state, query from pg_stat_activity
       where backend_type = 'client backend' and pid <> pg_backend_pid() and state <> 'idle'`,
    )
    return rows
  }

  async function expectAllIdle(): Promise<void> {
    await expect.poll(busy, { timeout: 10_000, interval: 20 }).toEqual([])
  }

  describe('on one session', () => {
    let open: OpenSession

    beforeEach(async () => {
      open = await openSession(server.target())
    })
    afterEach(async () => {
      await open.session.close(false)
      await expectAllIdle()
    })

    test('a time limit in the scope ends the statement, and holds for nobody else', async () => {
      const scope = { settings: [['statement_timeout', '50']] } as const
      const slow = open.send([one, statement('select pg_sleep(60)'), one], { scope })
      const behind = open.send([statement('select pg_sleep(0.2)'), statement('show statement_timeout')])
      await expect(slow.finished).rejects.toMatchObject({ sqlstate: '57014', statementIndex: 1 })
      expect(slow.attempts).toBe(0)
      expect(await outcome(behind.finished)).toBe('0')
    })

    test('what runs is stopped, and its caller told at once', async () => {
      const job = open.send([statement(`insert into done values ('head')`), long])
      await expect.poll(busy).toHaveLength(1)
      open.session.abandon(job)
      expect(await outcome(job.finished)).toBe('client_closed_request')
      expect(await outcome(open.send([one]).finished)).toBe('1')
      const { rows } = await outside.query(`select from done where what = 'head'`)
      expect(rows).toEqual([])
    })

    test('what runs behind others is stopped when its turn comes, and they are not', async () => {
      const first = open.send([statement('select pg_sleep(0.3)'), one])
      const second = open.send([long])
      const third = open.send([one])
      open.session.abandon(second)
      expect(await outcome(second.finished)).toBe('client_closed_request')
      expect(open.session.depth).toBe(3)
      expect(await outcome(first.finished)).toBe('1')
      expect(await outcome(third.finished)).toBe('1')
    })

    test('several that are given up one behind the other are all stopped', async () => {
      const jobs = [open.send([long]), open.send([long]), open.send([long])]
      const last = open.send([one])
      for (const job of jobs.toReversed()) open.session.abandon(job)
      expect(await outcome(last.finished)).toBe('1')
      expect(last.attempts).toBeLessThan(5)
    })

    test('a cancel request that comes too early is followed by another', async () => {
      const network = await startSlowNetwork(server.port)
      onTestFinished(async () => network.close())
      const far = await openSession({ ...server.target(), port: network.port })
      network.holdUp(300)
      const job = far.send([long])
      far.session.abandon(job)
      const startedAt = performance.now()
      expect(await outcome(far.send([one]).finished)).toBe('1')
      expect(performance.now() - startedAt).toBeGreaterThan(290)
      await far.session.close(false)
    })

    test('a neighbour that is hit instead is sent again, and succeeds', async () => {
      let repeated = 0
      for (let round = 0; round < 60; round++) {
        const victim = open.send([statement('select pg_sleep($1)', `${(round % 30) / 5000}`)])
        const texts = ['pg_sleep(0.004)', `'mine'`].map((value) => statement(`select ${value}`))
        const neighbour = open.send(texts)
        open.session.abandon(victim)
        expect(await outcome(neighbour.finished)).toBe('mine')
        repeated += neighbour.attempts
      }
      expect(repeated).toBeGreaterThan(0)
    })
  })

  describe('through a pool', () => {
    let pool: Pool

    beforeEach(async () => {
      pool = server.pool({}, { sessionsMax: 1 })
      await pool.connected(1)
    })
    afterEach(async () => {
      await pool.close()
      await expectAllIdle()
    })

    test('what is aborted before it is given is not run', async () => {
      const work = {
        statements: [statement(`insert into done values ('never')`)],
        signal: AbortSignal.abort(),
      }
      expect(await outcome(pool.run(work))).toBe('client_closed_request')
      expect(await outcome(pool.transaction(async (tx) => tx.run(one), work))).toBe('client_closed_request')
      expect(await ask(pool, `select count(*) from done where what = 'never'`)).toBe('0')
    })

    test('what waits is taken out of the queue, and not run', async () => {
      const holding = pool.run({ statements: [statement('select pg_sleep(0.2)')] })
      const abort = new AbortController()
      const { signal } = abort
      const waiting = pool.run({ statements: [statement(`insert into done values ('waits')`)], signal })
      const leasing = pool.transaction(async (tx) => tx.run(one), { signal })
      abort.abort()
      expect(await outcome(waiting)).toBe('client_closed_request')
      expect(await outcome(leasing)).toBe('client_closed_request')
      expect(pool.queued).toBe(0)
      await holding
      expect(await ask(pool, `select count(*) from done where what = 'waits'`)).toBe('0')
    })

    test('an open transaction is stopped and undone', async () => {
      const abort = new AbortController()
      const transaction = pool.transaction(
        async (tx) => {
          await tx.run(statement(`insert into done values ('inside')`))
          setTimeout(() => abort.abort(), 50)
          return tx.run(long)
        },
        { signal: abort.signal, scope: scopeOf('ann', 'postgres') },
      )
      expect(await outcome(transaction)).toBe('client_closed_request')
      expect(await ask(pool, `select count(*) from done where what = 'inside'`)).toBe('0')
      expect(await ask(pool, `select current_setting('app.user', true)`)).not.toBe('ann')
    })

    test('a transaction that is aborted between its steps goes no further', async () => {
      const abort = new AbortController()
      const transaction = pool.transaction(
        async (tx) => {
          await tx.run(statement(`insert into done values ('between')`))
          abort.abort()
          return tx.run(one)
        },
        { signal: abort.signal },
      )
      expect(await outcome(transaction)).toBe('client_closed_request')
      expect(await ask(pool, `select count(*) from done where what = 'between'`)).toBe('0')
    })

    test('an abort that comes after the answer changes nothing', async () => {
      const abort = new AbortController()
      const [rows] = await pool.run({ statements: [one], signal: abort.signal })
      abort.abort()
      expect(rows?.text(0, 0)).toBe('1')
      await sleep(20)
      expect(await ask(pool, 'select 2')).toBe('2')
    })
  })
})

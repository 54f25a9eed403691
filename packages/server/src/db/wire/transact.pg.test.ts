/** Open transactions on real servers: how they end, well and badly. */
import type { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  hasVersion,
  startThrowawayServer,
  type ThrowawayServer,
  type Version,
} from '../../../test/throwaway-server.ts'
import type { Transaction } from '../index.ts'
import type { Pool } from './pool.ts'
import { ask, outcome, scopeOf, statement } from './test/asking.ts'

const versions: readonly Version[] = [18, 15]

describe.each(versions.filter(hasVersion))('PostgreSQL %s', (version) => {
  let server: ThrowawayServer
  let outside: Client
  let pool: Pool

  beforeAll(async () => {
    server = await startThrowawayServer(version)
    outside = await server.client()
    await outside.query(
      'create role member; create table done (what text primary key); grant all on done to member',
    )
  })
  afterAll(async () => server.stop())

  beforeEach(async () => {
    await outside.query('truncate done')
    pool = server.pool({}, { sessionsMax: 2 })
    await pool.connected(1)
  })
  afterEach(async () => {
    // Both sessions are fit for use, and neither has a transaction open.
    expect(await Promise.all([1, 2, 3, 4].map(async (n) => ask(pool, 'select $1', `${n}`)))).toHaveLength(4)
    await expect.poll(openTransactions).toEqual([])
    await pool.close()
  })

  const insert = (what: string) => statement('insert into done values ($1)', what)

  async function openTransactions(): Promise<unknown[]> {
    const { rows } = await outside.query<{ state: string }>(
      `select state, query from pg_stat_activity where state like 'idle in transaction%'`,
    )
    return rows
  }

  async function done(): Promise<string[]> {
    const { rows } = await outside.query<{ what: string }>('select what from done order by what')
    return rows.map(({ what }) => what)
  }

  test('commits when the body is through, and answers what it answers', async () => {
    const answer = await pool.transaction(async (tx) => {
      await tx.run(insert('a'))
      const { affected } = await tx.run(insert('b'))
      expect(await done()).toEqual([])
      return affected
    })
    expect(answer).toBe(1)
    expect(await done()).toEqual(['a', 'b'])
  })

  test('rolls back when the body throws, or when it is told to', async () => {
    const thrown = pool.transaction(async (tx) => {
      await tx.run(insert('a'))
      throw new Error('no')
    })
    await expect(thrown).rejects.toThrow('no')
    const answer = await pool.transaction(async (tx) => (await tx.run(insert('b'))).affected, {
      end: 'rollback',
    })
    expect(answer).toBe(1)
    expect(await done()).toEqual([])
  })

  test('has its scope throughout, and takes it along when it ends', async () => {
    const who = statement(`select current_user || '/' || current_setting('app.user', true)`)
    const seen = await pool.transaction(
      async (tx) => [
        await outcome(tx.run(who)),
        await outcome(tx.run(insert('a'))),
        await outcome(tx.run(who)),
      ],
      { scope: scopeOf('ann') },
    )
    expect(seen).toEqual(['member/ann', 'null', 'member/ann'])
    for (let round = 0; round < 4; round++) {
      expect(await outcome(pool.run({ statements: [who] }))).toBe('postgres/')
    }
  })

  test('a scope that fails fails the whole, whatever the body makes of it', async () => {
    const body = async (tx: Transaction) => outcome(tx.run(insert('a')))
    expect(await outcome(pool.transaction(body, { scope: scopeOf('ann', 'stranger') }))).toBe('22023')
    expect(await done()).toEqual([])
  })

  test('a failure that the body swallows is not taken for a commit', async () => {
    const swallowing = pool.transaction(async (tx) => {
      await tx.run(insert('a'))
      await tx.run(insert('a')).catch(() => undefined)
      return 'all is well'
    })
    expect(await outcome(swallowing)).toBe('23505')
    expect(await done()).toEqual([])
  })

  test('a failure that a savepoint undoes is over', async () => {
    await pool.transaction(async (tx) => {
      await tx.run(insert('a'))
      await tx.run(statement('savepoint here'))
      expect(await outcome(tx.run(insert('a')))).toBe('23505')
      await tx.run(statement('rollback to here'))
      await tx.run(insert('b'))
    })
    expect(await done()).toEqual(['a', 'b'])
  })

  test('what the body did not wait for still belongs to it', async () => {
    const forgotten: Promise<string>[] = []
    await pool.transaction(async (tx) => {
      forgotten.push(outcome(tx.run(insert('a'))))
    })
    expect(await done()).toEqual(['a'])
    const failing = pool.transaction(async (tx) => {
      forgotten.push(outcome(tx.run(insert('b'))), outcome(tx.run(insert('a'))))
    })
    expect(await outcome(failing.then(() => null))).toBe('23505')
    expect(await Promise.all(forgotten)).toEqual(['null', 'null', '23505'])
    expect(await done()).toEqual(['a'])
  })

  test('nothing runs in it when it is over', async () => {
    let escaped: Transaction | undefined
    await pool.transaction(async (tx) => {
      escaped = tx
    })
    await expect(escaped?.run(insert('late'))).rejects.toThrow('transaction that has ended')
    expect(await done()).toEqual([])
  })

  test('a constraint that is checked at the end fails the commit', async () => {
    await outside.query('create table later (id int unique deferrable initially deferred)')
    const twice = pool.transaction(async (tx) => {
      await tx.run(statement('insert into later values (1), (1)'))
      await tx.run(insert('a'))
    })
    expect(await outcome(twice.then(() => null))).toBe('23505')
    expect(await done()).toEqual([])
  })

  test('stale plans of any session repeat the body once', async () => {
    await outside.query('create table shape as select 1 as a; create table form as select 1 as a')
    const read = async (tx: Transaction) => {
      const shape = await tx.run(statement('select * from shape'))
      const form = await tx.run(statement('select * from form'))
      return [...shape.objects(), ...form.objects()]
    }
    // Each waits for the other, so that both sessions have the plans.
    let arrived = 0
    const readTogether = async (tx: Transaction) => {
      await read(tx)
      arrived++
      await expect.poll(() => arrived).toBe(2)
    }
    await Promise.all([pool.transaction(readTogether), pool.transaction(readTogether)])
    expect(pool.size).toBe(2)
    await outside.query(`alter table shape add b text default 'x'; alter table form add c int default 3`)
    let bodies = 0
    const again = await pool.transaction(async (tx) => {
      bodies++
      await tx.run(insert(`body ${bodies}`))
      return read(tx)
    })
    expect(again).toEqual([
      { a: 1, b: 'x' },
      { a: 1, c: 3 },
    ])
    expect([bodies, await done()]).toEqual([2, ['body 2']])
  })

  test('statements that a statement has deallocated are got over', async () => {
    for (let round = 0; round < 4; round++) {
      await pool.run({ statements: [statement('deallocate all')] })
      const answer = pool.transaction(async (tx) => tx.run(statement('select 7')), { scope: scopeOf('ann') })
      expect(await outcome(answer)).toBe('7')
    }
  })

  test('losing the session in the middle undoes it, and the next one works', async () => {
    const lost = pool.transaction(async (tx) => {
      await tx.run(insert('a'))
      const pid = (await tx.run(statement('select pg_backend_pid()'))).text(0, 0)
      await outside.query(`select pg_terminate_backend(${pid})`)
      return tx.run(insert('b'))
    })
    expect(await outcome(lost)).toBe('database_unavailable')
    expect(await done()).toEqual([])
    await pool.transaction(async (tx) => tx.run(insert('c')))
    expect(await done()).toEqual(['c'])
  })

  test('runs at the level that is asked for', async () => {
    const level = async (tx: Transaction) => tx.run(statement('show transaction_isolation'))
    expect(await outcome(pool.transaction(level))).toBe('read committed')
    expect(await outcome(pool.transaction(level, { isolation: 'serializable' }))).toBe('serializable')
    expect(await outcome(pool.transaction(level))).toBe('read committed')
  })
})

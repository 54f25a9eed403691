/** Any mixture of good, failing, slow and abandoned work over few sessions: each ends as it must, and nothing stays behind. */
import fc from 'fast-check'
import type { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startThrowawayServer, type ThrowawayServer } from '../../../test/throwaway-server.ts'
import type { Pool } from './pool.ts'
import { ask, outcome, scopeOf, statement } from './test/asking.ts'

let server: ThrowawayServer
let outside: Client

beforeAll(async () => {
  server = await startThrowawayServer(18)
  outside = await server.client()
  await outside.query(`
    create role member; create table done (what text primary key); grant all on done to member`)
})
afterAll(async () => server.stop())

interface Step {
  readonly pool: Pool
  /** Different for each job. */
  readonly name: string
  readonly signal: AbortSignal
}

interface Kind {
  /** How it ends, unless its caller goes away first. */
  ends(name: string): string
  /** False for what is stopped in any case, and true for what may have ended before. */
  readonly isAborted?: boolean
  run(step: Step): Promise<Parameters<typeof outcome>[0] extends Promise<infer Value> ? Value : never>
}

const insert = (name: string) => statement('insert into done values ($1) returning what', name)
const own = (name: string): string => name

/** One kind of work each; those that write note it under their name. */
const kinds: Readonly<Record<string, Kind>> = {
  good: {
    ends: own,
    run: async ({ pool, name }) => pool.run({ statements: [statement('select $1', name)], isReadOnly: true }),
  },
  identity: {
    ends: own,
    run: async ({ pool, name }) =>
      pool.run({
        scope: scopeOf(name),
        statements: [statement(`select current_setting('app.user')`)],
        isReadOnly: true,
      }),
  },
  write: {
    ends: own,
    run: async ({ pool, name }) => pool.run({ scope: scopeOf(name), statements: [insert(name)] }),
  },
  failing: {
    ends: () => '22012',
    run: async ({ pool, name }) => pool.run({ statements: [insert(name), statement('select 1 / 0')] }),
  },
  unparsable: {
    ends: () => '42703',
    run: async ({ pool, name }) => pool.run({ statements: [insert(name), statement('select nothing')] }),
  },
  slow: { ends: own, run: async ({ pool, name }) => ask(pool, 'select $1 from pg_sleep(0.004)', name) },
  limited: {
    ends: () => '57014',
    run: async ({ pool, name }) => {
      const scope = { settings: [['statement_timeout', '5']] } as const
      return pool.run({ scope, statements: [insert(name), statement('select pg_sleep(60)')] })
    },
  },
  abandoned: {
    ends: own,
    isAborted: true,
    run: async ({ pool, name, signal }) => pool.run({ statements: [insert(name)], signal }),
  },
  endless: {
    ends: () => 'client_closed_request',
    isAborted: true,
    run: async ({ pool, name, signal }) =>
      pool.run({ statements: [insert(name), statement('select pg_sleep(60)')], signal }),
  },
  transaction: {
    ends: own,
    run: async ({ pool, name }) =>
      pool.transaction(
        async (tx) => {
          await tx.run(insert(name))
          return tx.run(statement(`select current_setting('app.user')`))
        },
        { scope: scopeOf(name) },
      ),
  },
  thrown: {
    ends: () => 'Error: no',
    run: async ({ pool, name }) =>
      pool.transaction(async (tx) => {
        await tx.run(insert(name))
        throw new Error('no')
      }),
  },
  interrupted: {
    ends: () => 'client_closed_request',
    isAborted: true,
    run: async ({ pool, name, signal }) =>
      pool.transaction(
        async (tx) => {
          await tx.run(insert(name))
          return tx.run(statement('select pg_sleep(60)'))
        },
        { signal },
      ),
  },
  leftOpen: {
    ends: () => '25000',
    run: async ({ pool, name }) => pool.run({ statements: [statement('begin'), insert(name)] }),
  },
  copying: {
    ends: () => '57014',
    run: async ({ pool, name }) =>
      pool.run({ statements: [insert(name), statement('copy done from stdin')] }),
  },
  deallocating: { ends: () => 'null', run: async ({ pool }) => ask(pool, 'deallocate all') },
}

async function rowsOf(text: string): Promise<string[]> {
  const { rows } = await outside.query<{ it: string }>(text)
  return rows.map(({ it }) => it)
}

const jobs = fc.array(
  fc.record({
    kind: fc.constantFrom(...Object.keys(kinds)),
    abortMs: fc.integer({ min: 0, max: 12 }),
    /** How long after the one before it comes. */
    pauseMs: fc.constantFrom(0, 0, 0, 0, 1, 3),
  }),
  { minLength: 10, maxLength: 80 },
)

test('every job ends as it must, what counts is kept, and no session is left in a transaction', async () => {
  await fc.assert(
    fc.asyncProperty(jobs, fc.integer({ min: 1, max: 3 }), async (list, sessionsMax) => {
      await outside.query('truncate done')
      const pool = server.pool({}, { sessionsMax })
      const running = []
      for (const [index, { kind: chosen, abortMs, pauseMs }] of list.entries()) {
        const kind = kinds[chosen]
        if (kind === undefined) throw new Error(`there is no ${chosen}`)
        const abort = new AbortController()
        if (kind.isAborted === true) setTimeout(() => abort.abort(), abortMs)
        const name = `${chosen} ${index}`
        const end = outcome(kind.run({ pool, name, signal: abort.signal }))
        running.push(end.then((ended) => ({ kind, name, ended })))
        if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs))
      }
      const ends = await Promise.all(running)
      const wrong = ends.filter(({ kind, name, ended }) => {
        const isGivenUp = kind.isAborted === true && ended === 'client_closed_request'
        return ended !== kind.ends(name) && !isGivenUp
      })
      expect(wrong).toEqual([])
      // Closing waits for what is still being cancelled or rolled back.
      const alive = await Promise.all([1, 2, 3].map(async (n) => ask(pool, 'select $1', `${n}`)))
      expect(alive).toEqual(['1', '2', '3'])
      await pool.close()
      expect(await rowsOf(`select state as it from pg_stat_activity where state like 'idle in%'`)).toEqual([])
      await expectKept(ends)
    }),
    { numRuns: 30, endOnFailure: true },
  )
})

/** Who was told that his work is done finds it; who was told otherwise does not, unless he left before he was told. */
async function expectKept(ends: readonly { name: string; ended: string }[]): Promise<void> {
  const kept = new Set(await rowsOf('select what as it from done'))
  for (const { name, ended } of ends) {
    const mustBeThere = ended === name && /^(?:write|abandoned|transaction) /.test(name)
    const mayBeThere = mustBeThere || name.startsWith('abandoned ')
    if (mustBeThere) expect(kept).toContain(name)
    if (!mayBeThere) expect(kept).not.toContain(name)
  }
}

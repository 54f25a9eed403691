/** Nobody ever sees a row of somebody else: 100,000 requests of 1,000 users over few sessions, with faults of all kinds. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startThrowawayServer, type ThrowawayServer } from '../../../test/throwaway-server.ts'
import { Failure } from '../../kernel/failure.ts'
import { DatabaseError, type Scope } from '../index.ts'
import type { Pool } from './pool.ts'
import { statement } from './test/asking.ts'

const callers = 64
const users = 1000
const requests = 100_000
const rowsEach = 3

let server: ThrowawayServer
let outside: Client

beforeAll(async () => {
  server = await startThrowawayServer(18)
  outside = await server.client()
  await outside.query(`
    create role member; create role neighbour; create role gate login noinherit; grant member, neighbour to gate;
    create table items (owner int not null, n int not null, seen int not null default 0);
    insert into items select owner, n from generate_series(1, ${users}) owner, generate_series(1, ${rowsEach}) n;
    create index on items (owner);
    analyze items;
    alter table items enable row level security;
    create policy own on items to member using (owner = current_setting('app.user')::int);
    create policy next on items to neighbour using (owner = current_setting('app.user')::int % ${users} + 1);
    grant select, update on items to member, neighbour`)
})
afterAll(async () => server.stop())

const read = statement('select owner, n from items order by n')
const touch = statement('update items set seen = seen + 1 returning owner, n')
const count = statement('select owner, count(*) from items group by owner')

interface Request {
  readonly pool: Pool
  readonly scope: Scope
  /** Whose rows this user in this role may see. */
  readonly owner: string
}

/** What came back is wrong: told apart from the failures that are part of the test. */
class Breach extends Error {}

function check(
  request: Request,
  rows: { text(row: number, column: number): string | null } | undefined,
  length: number,
): void {
  for (let row = 0; row < length; row++) {
    const owner = rows?.text(row, 0)
    if (owner !== request.owner) throw new Breach(`for ${request.owner}: a row of ${owner}`)
  }
}

async function ask(request: Request, kind: number): Promise<void> {
  const { pool, scope } = request
  if (kind < 0.004) return abandon(request, kind < 0.002)
  if (kind < 0.02) {
    return pool.transaction(
      async (tx) => {
        for (const each of [read, touch, read]) {
          const rows = await tx.run(each)
          check(request, rows, rows.cells.length)
        }
      },
      { scope },
    )
  }
  if (kind < 0.04) {
    await pool.run({ scope, statements: [read, statement('select 1 / 0')] })
    return
  }
  const main = kind < 0.1 ? touch : kind < 0.2 ? count : read
  const [rows] = await pool.run({ scope, statements: [main], isReadOnly: main !== touch })
  check(request, rows, rows?.cells.length ?? 0)
  if (rows?.cells.length !== (main === count ? 1 : rowsEach)) throw new Breach('not all of the rows')
}

/** Goes away while it waits or runs. */
async function abandon(request: Request, isSlow: boolean): Promise<void> {
  const abort = new AbortController()
  setTimeout(() => abort.abort(), Math.random() * 4)
  const statements = isSlow ? [read, statement('select pg_sleep(10)')] : [read]
  const { pool, scope } = request
  const [rows] = await pool.run({ scope, statements, signal: abort.signal, isReadOnly: true })
  check(request, rows, rows?.cells.length ?? 0)
}

/** The failures that the faults bring about; what is cancelled from outside may be sent again. */
const expected = new Set(['22012', 'client_closed_request', 'database_unavailable'])

function reasonOf(error: unknown): string {
  if (error instanceof DatabaseError) return error.sqlstate
  return error instanceof Failure ? error.code : String(error)
}

/** Kills, cancels and changes the schema while it lasts. */
async function disturb(isOver: () => boolean): Promise<void> {
  for (let round = 0; !isOver(); round++) {
    await sleep(60)
    const what = ['pg_terminate_backend', 'pg_cancel_backend', 'pg_cancel_backend'][round % 3]
    await outside.query(
      `select ${what}(pid) from pg_stat_activity where usename = 'gate' order by state = 'active' desc, random() limit 1`,
    )
    if (round % 10 === 5) await outside.query(`alter table items add column extra_${round} int`)
  }
}

test(`${requests} requests of ${users} users`, { timeout: 150_000 }, async () => {
  const pool = server.pool({ user: 'gate' }, { sessionsMax: 8 })
  const ends = new Map<string, number>()
  let left = requests
  const caller = async (): Promise<void> => {
    while (left-- > 0) {
      const user = 1 + Math.floor(Math.random() * users)
      const isOwn = Math.random() < 0.8
      const scope: Scope = { role: isOwn ? 'member' : 'neighbour', settings: [['app.user', `${user}`]] }
      const owner = `${isOwn ? user : (user % users) + 1}`
      const end = await ask({ pool, scope, owner }, Math.random()).then(() => 'answered', reasonOf)
      ends.set(end, (ends.get(end) ?? 0) + 1)
    }
  }
  let isOver = false
  const disturbing = disturb(() => isOver)
  await Promise.all(Array.from({ length: callers }, caller))
  isOver = true
  await disturbing
  const unexpected = [...ends.keys()].filter(
    (end) => !expected.has(end) && end !== 'answered' && end !== '57014',
  )
  expect(unexpected).toEqual([])
  expect(ends.get('answered')).toBeGreaterThan(requests * 0.9)
  expect([...expected].filter((fault) => !ends.has(fault))).toEqual([])
  const bare = statement(`select current_user || coalesce(nullif(current_setting('app.user', true), ''), '')`)
  for (let round = 0; round < 30; round++) {
    const [rows] = await pool.run({ statements: [bare] })
    expect(rows?.text(0, 0)).toBe('gate')
  }
})

/**
 * Nobody ever sees another user's rows: 1,000 users over 64 connections, while requests are hung up, time out, fail, and
 * their database sessions are killed. More requests by ISOLATION_REQUESTS.
 */
import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { httpClient, type HttpAnswer, type HttpClient, type HttpRequest } from '../http-client.ts'
import { withSql } from '../sql-client.ts'
import { startServer, type TestServer } from '../start-server.ts'

const requests = Number(process.env['ISOLATION_REQUESTS'] ?? 12_000)
const connections = 64
const users = 1000
const killEveryMs = 120
let server: TestServer
let client: HttpClient

beforeAll(async () => {
  server = await startServer({ project: new URL('isolation', import.meta.url).pathname })
  client = httpClient(server.apiUrl, connections)
})
afterAll(async () => {
  client.close()
  await server.stop()
})

/** A user, or nobody in particular (0). */
type Caller = number

const idOf = (caller: Caller): string => `00000000-0000-4000-8000-${String(caller).padStart(12, '0')}`
const tokens = new Map<Caller, string>()

function tokenOf(caller: Caller): string {
  const known = tokens.get(caller)
  if (known !== undefined) return known
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const exp = Math.floor(Date.now() / 1000) + 3600
  const content = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ role: 'authenticated', sub: idOf(caller), exp })}`
  const secret = String(server.status['jwt_secret'])
  const token = `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`
  tokens.set(caller, token)
  return token
}

async function ask(caller: Caller, request: HttpRequest): Promise<HttpAnswer | undefined> {
  const authorization: Record<string, string> =
    caller === 0 ? {} : { authorization: `Bearer ${tokenOf(caller)}` }
  const headers = {
    apikey: server.anonKey,
    'content-type': 'application/json',
    ...authorization,
    ...request.headers,
  }
  return client.send({ ...request, path: `/rest/v1${request.path}`, headers })
}

/** Every user id in an answer, wherever it stands. */
function usersIn(text: string): readonly string[] {
  return [...new Set(text.match(/00000000-0000-4000-8000-\d{12}/g))]
}

interface Kind {
  readonly name: string
  readonly share: number
  readonly request: (caller: Caller, turn: number) => HttpRequest
  /** What it answers when all is well; undefined for a fault, which may answer anything but what is another's. */
  readonly isRight?: (answer: HttpAnswer, caller: Caller) => boolean
}

const shows = (answer: HttpAnswer, caller: Caller): boolean =>
  answer.status === 200 && (caller === 0 ? answer.text === '[]' : answer.text.includes(`of ${caller}"`))
const representation = { prefer: 'return=representation' }

const work: readonly Kind[] = [
  {
    name: 'list',
    share: 30,
    request: () => ({ path: '/pages?select=user_id,body&limit=20' }),
    isRight: shows,
  },
  {
    name: "another's row",
    share: 10,
    request: (caller) => ({ path: `/pages?select=user_id,body&user_id=eq.${idOf((caller % users) + 1)}` }),
    isRight: ({ status, text }) => status === 200 && text === '[]',
  },
  {
    name: 'embed',
    share: 10,
    request: () => ({ path: '/books?select=user_id,pages(user_id,body)&pages.limit=5' }),
    isRight: shows,
  },
  {
    name: 'who',
    share: 15,
    request: () => ({ path: '/rpc/who_am_i' }),
    isRight: ({ status, text }, caller) =>
      status === 200 && text.includes(caller === 0 ? '"role": "anon"' : idOf(caller)),
  },
  {
    name: 'slow who',
    share: 5,
    request: () => ({ method: 'POST', path: '/rpc/doze', body: '{"seconds":0.01}' }),
    isRight: ({ status, text }, caller) =>
      status === 200 && text.includes(caller === 0 ? '"role": "anon"' : idOf(caller)),
  },
  {
    name: 'insert',
    share: 10,
    request: (caller, turn) => ({
      method: 'POST',
      path: '/pages?select=user_id,body',
      headers: representation,
      body: `{"body":"written ${turn} of ${caller}"}`,
    }),
    isRight: ({ status, text }, caller) =>
      caller === 0 ? status === 401 : status === 201 && text.includes(`of ${caller}"`),
  },
  {
    name: 'update',
    share: 10,
    request: (_, turn) => ({
      method: 'PATCH',
      path: '/pages?select=user_id,body&touched=gte.0',
      headers: representation,
      body: `{"touched":${turn}}`,
    }),
    isRight: shows,
  },
]

const faults: readonly Kind[] = [
  {
    name: 'hung up',
    share: 6,
    request: (_, turn) => ({ path: '/pages?select=user_id,body', abortAfterMs: turn % 8 }),
  },
  {
    name: 'hung up while it sleeps',
    share: 1,
    request: (_, turn) => ({
      method: 'POST',
      path: '/rpc/doze',
      body: '{"seconds":2}',
      abortAfterMs: 5 + (turn % 30),
    }),
  },
  { name: 'time-out', share: 1, request: () => ({ method: 'POST', path: '/rpc/nap' }) },
  { name: 'raised', share: 3, request: () => ({ method: 'POST', path: '/rpc/fail' }) },
  { name: 'refused', share: 3, request: () => ({ path: '/pages?id=eq.nonsense' }) },
]

const deck = [...work, ...faults].flatMap((kind) => Array.from({ length: kind.share }, () => kind))

/** The same sequence in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

interface Tally {
  readonly answered: Map<string, number>
  readonly foreign: string[]
  readonly wrong: string[]
}

function check(tally: Tally, kind: Kind, { caller, answer }: { caller: Caller; answer: HttpAnswer }): void {
  const { status, text } = answer
  const key = `${kind.name}: ${status}`
  tally.answered.set(key, (tally.answered.get(key) ?? 0) + 1)
  const others = usersIn(text).filter((id) => id !== idOf(caller))
  if (others.length > 0) tally.foreign.push(`${kind.name} as ${caller}: ${text.slice(0, 300)}`)
  if (kind.isRight === undefined || kind.isRight(answer, caller)) return
  // The session was killed under it, or there was none: an answer that says so.
  if (status >= 503 && /^\{"code":"(57P01|08\w{3}|PGRST00\d)"/.test(text)) return
  tally.wrong.push(`${kind.name} as ${caller}: ${status} ${text.slice(0, 300)}`)
}

async function storm(count: number, pick: readonly Kind[]): Promise<Tally> {
  const tally: Tally = { answered: new Map(), foreign: [], wrong: [] }
  const next = numbers(20_261_120)
  let turn = 0
  const one = async (): Promise<void> => {
    while (turn < count) {
      turn += 1
      const kind = pick[next(pick.length)]
      const caller = next(20) === 0 ? 0 : next(users) + 1
      if (kind === undefined) throw new Error('the deck is empty')
      const answer = await ask(caller, kind.request(caller, turn))
      if (answer !== undefined) check(tally, kind, { caller, answer })
    }
  }
  await Promise.all(Array.from({ length: connections }, one))
  return tally
}

/** Kills some of the sessions that serve requests, again and again; tells how many. */
async function killing(signal: AbortSignal): Promise<number> {
  return withSql(server.dbUrl, async (sql) => {
    let killed = 0
    while (!signal.aborted) {
      const found = await sql.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where application_name = 'plinth' and pid <> pg_backend_pid() and query not ilike 'listen%' and random() < 0.2`,
      )
      killed += found.rowCount ?? 0
      await new Promise((resolve) => {
        setTimeout(resolve, killEveryMs)
      })
    }
    return killed
  })
}

describe('identities', () => {
  test(`stay apart in ${requests} requests with faults`, { timeout: requests * 10 + 60_000 }, async () => {
    const stop = new AbortController()
    const killer = killing(stop.signal)
    const { foreign, wrong, answered } = await storm(requests, deck).finally(() => stop.abort())
    const killed = await killer
    expect(foreign.slice(0, 10)).toEqual([])
    expect(wrong.slice(0, 10)).toEqual([])
    expect(killed).toBeGreaterThan(10)
    // The faults were there: otherwise this shows nothing.
    expect(answered.get('time-out: 500')).toBeGreaterThan(requests / 500)
    expect(answered.get('raised: 400')).toBeGreaterThan(requests / 100)
    expect(answered.get('list: 200')).toBeGreaterThan(requests / 10)
  })

  test('and afterwards every user has his rows, and nothing but his rows', async () => {
    const { foreign, wrong, answered } = await storm(3000, work)
    expect({ foreign: foreign.slice(0, 10), wrong: wrong.slice(0, 10) }).toEqual({ foreign: [], wrong: [] })
    expect([...answered.keys()].filter((key) => key.endsWith('503'))).toEqual([])
    for (let caller = 1; caller <= users; caller += 10) {
      const answer = await ask(caller, { path: '/pages?select=user_id&body=like.page*' })
      expect(answer?.text.match(/user_id/g)).toHaveLength(4)
      expect(usersIn(answer?.text ?? '')).toEqual([idOf(caller)])
    }
  })

  test('and the database has kept nothing of what failed, nor an open transaction', async () => {
    await withSql(server.dbUrl, async (sql) => {
      const never = await sql.query(`select from public.pages where body = 'never'`)
      expect(never.rowCount).toBe(0)
      const mixed = await sql.query(
        `select from public.pages where body not like '% of ' || right(user_id::text, 12)::integer`,
      )
      expect(mixed.rowCount).toBe(0)
      const open = await sql.query(
        `select state, query from pg_stat_activity where application_name = 'plinth' and state like 'idle in transaction%'`,
      )
      expect(open.rows).toEqual([])
    })
  })
})

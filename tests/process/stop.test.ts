/** A stop answers everything that was accepted; load loses nothing. */
import http from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { startServer, type TestServer } from '../start-server.ts'

const project = new URL('../acceptance/library', import.meta.url).pathname
let server: TestServer

afterEach(async () => server.stop())

interface Tally {
  answered: number
  /** Answers other than 200. */
  refused: string[]
  /** Requests that were sent and never answered. */
  lost: string[]
}

/** Keeps `connections` busy until each has been told to close, or `total` answers are in. */
async function load(connections: number, total: number, onAnswer: (count: number) => void): Promise<Tally> {
  const tally: Tally = { answered: 0, refused: [], lost: [] }
  const url = `${server.apiUrl}/rest/v1/books?id=eq.1`
  async function client(): Promise<void> {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    let isOpen = true
    while (isOpen && tally.answered < total) {
      isOpen = await new Promise<boolean>((resolve) => {
        const request = http.get(url, { agent, headers: { apikey: server.anonKey } }, (response) => {
          let body = ''
          response.on('data', (chunk) => (body += chunk))
          response.on('end', () => {
            onAnswer(++tally.answered)
            if (response.statusCode !== 200 || !body.includes('"Emma"'))
              tally.refused.push(`${response.statusCode} ${body}`)
            resolve(response.headers.connection !== 'close')
          })
        })
        request.on('error', (error: NodeJS.ErrnoException) => {
          // Refused means that the server took no connection: it accepted nothing.
          if (error.code !== 'ECONNREFUSED') tally.lost.push(String(error.code))
          resolve(false)
        })
      })
    }
    agent.destroy()
  }
  await Promise.all(Array.from({ length: connections }, client))
  return tally
}

test('20,000 requests over 64 connections: none fails', async () => {
  server = await startServer({ project })
  const tally = await load(64, 20_000, () => undefined)
  expect(tally).toMatchObject({ refused: [], lost: [] })
  expect(tally.answered).toBeGreaterThanOrEqual(20_000)
})

test('SIGTERM under load: every accepted request is answered, and the exit code is 0', async () => {
  server = await startServer({ project })
  const tally = await load(64, 200_000, (count) => {
    if (count === 3000) process.kill(server.pid, 'SIGTERM')
  })
  expect(tally).toMatchObject({ refused: [], lost: [] })
  expect(tally.answered).toBeGreaterThanOrEqual(3000)
  expect(await server.exited).toEqual({ code: 0, signal: null })
})

test('a request that takes a while is answered before the server ends', async () => {
  server = await startServer({ project })
  const napping = fetch(`${server.apiUrl}/rest/v1/rpc/nap`, {
    method: 'POST',
    headers: { apikey: server.anonKey, 'content-type': 'application/json' },
    body: '{"seconds": 1.5}',
  })
  await new Promise((resolve) => {
    setTimeout(resolve, 300)
  })
  process.kill(server.pid, 'SIGTERM')
  expect((await napping).status).toBe(204)
  expect(await server.exited).toEqual({ code: 0, signal: null })
})

test('work is cancelled in PostgreSQL when the client goes away', async () => {
  server = await startServer({ project })
  const { withSql } = await import('../sql-client.ts')
  const abort = new AbortController()
  const nap = fetch(`${server.apiUrl}/rest/v1/rpc/nap`, {
    method: 'POST',
    headers: { apikey: server.anonKey, 'content-type': 'application/json' },
    body: '{"seconds": 2.5}',
    signal: abort.signal,
  }).catch(() => 'aborted')
  const napping = async (): Promise<number> =>
    withSql(server.dbUrl, async (sql) => {
      const text = `select count(*)::int as n from pg_stat_activity where wait_event = 'PgSleep'`
      return (await sql.query<{ n: number }>(text)).rows[0]?.n ?? -1
    })
  await expect.poll(napping).toBe(1)
  abort.abort()
  expect(await nap).toBe('aborted')
  await expect.poll(napping, { timeout: 1000 }).toBe(0)
})

/** kill -9 of Node, of PostgreSQL, and of both, during writes: no write that was acknowledged is ever missing. */
import { readFile } from 'node:fs/promises'
import { mkdtemp, rm, chmod } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withSql } from '../sql-client.ts'
import { startServer, type TestServer } from '../start-server.ts'

const project = new URL('../acceptance/library', import.meta.url).pathname
const rounds = 21
const writers = 8
const victims = ['node', 'postgres', 'both'] as const
let folder: string
let dataFolder: string
let server: TestServer
let nextId = 1_000_000

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'plinth-crash-'))
  await chmod(folder, 0o755)
  dataFolder = path.join(folder, 'data')
  server = await startServer({ project, dataFolder })
})
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Inserts row after row until told to stop; answers the ids that the server has acknowledged. */
async function write(isOver: () => boolean): Promise<number[]> {
  const acknowledged: number[] = []
  while (!isOver()) {
    const id = nextId++
    const response = await fetch(`${server.apiUrl}/rest/v1/authors`, {
      method: 'POST',
      headers: { apikey: server.serviceRoleKey, 'content-type': 'application/json' },
      body: JSON.stringify({ id, name: `Author ${id}` }),
    }).catch(() => undefined)
    if (response?.status === 201) acknowledged.push(id)
    else await pause(20)
  }
  return acknowledged
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}

async function postmasterPid(): Promise<number> {
  return Number((await readFile(path.join(dataFolder, 'postgres/postmaster.pid'), 'utf8')).split('\n')[0])
}

async function isReady(): Promise<boolean> {
  const response = await fetch(`${server.apiUrl}/ready`).catch(() => undefined)
  return response?.status === 200
}

test(`${rounds} crashes lose nothing`, { timeout: 300_000 }, async () => {
  let total = 0
  for (let round = 0; round < rounds; round++) {
    const victim = victims[round % victims.length]
    let isOver = false
    const writing = Promise.all(Array.from({ length: writers }, async () => write(() => isOver)))
    await pause(150 + Math.random() * 250)
    const postmaster = await postmasterPid()
    if (victim !== 'node') process.kill(postmaster, 'SIGKILL')
    if (victim !== 'postgres') await server.kill9()
    await pause(100)
    isOver = true
    const acknowledged = (await writing).flat()
    expect(acknowledged.length, `round ${round}: nothing was written`).toBeGreaterThan(0)
    total += acknowledged.length
    // When only PostgreSQL was killed, the server must bring it back by itself.
    if (victim === 'postgres') await expect.poll(isReady, { timeout: 20_000, interval: 100 }).toBe(true)
    else server = await startServer({ project, dataFolder })
    const missing = await withSql(server.dbUrl, async (sql) => {
      const text = `select wanted.id from unnest($1::bigint[]) as wanted (id)
        where not exists (select from authors where authors.id = wanted.id)`
      return (await sql.query(text, [acknowledged])).rows
    })
    expect(missing, `round ${round}, ${victim} killed`).toEqual([])
  }
  expect(total).toBeGreaterThan(rounds)
})

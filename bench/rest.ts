/** Reads of one row by primary key under row-level security, against what pgbench reaches on the same PostgreSQL. */
import { readFile } from 'node:fs/promises'
import { startServer, type TestServer } from '../tests/start-server.ts'
import { drive, isInstalled, type Load } from './load.ts'
import type { Bench, Figure } from './main.ts'
import { pgbench } from './pgbench.ts'

const rows = 100_000
const userId = '00000000-0000-4000-8000-000000000001'
const seconds = 8
const connections = 32

export const benchRest: Bench = {
  summary: 'GET by primary key under RLS, 100,000 rows, against pgbench in the same run',
  async run() {
    const server = await startServer({ project: new URL('project', import.meta.url).pathname })
    try {
      return await measure(server)
    } finally {
      await server.stop()
    }
  },
}

async function measure(server: TestServer): Promise<readonly Figure[]> {
  const idleBytes = await residentBytes(server.pid)
  const load = await readLoad(server)
  await drive({ ...load, seconds: 3 })
  const rest = await drive(load)
  const busyBytes = await residentBytes(server.pid)
  const figures: Figure[] = [
    {
      name: `REST read (${rest.generator}, ${connections} connections)`,
      value: rest.perSecond,
      unit: 'req/s',
    },
    { name: 'REST read, p50', value: rest.p50Ms, unit: 'ms' },
    { name: 'REST read, p99', value: rest.p99Ms, unit: 'ms' },
    { name: 'REST read, failures', value: rest.failures, unit: '', atMost: 0 },
    { name: 'Node process, idle', value: idleBytes / 1e6, unit: 'MB', atMost: 120 },
    { name: 'Node process, under load', value: busyBytes / 1e6, unit: 'MB' },
  ]
  return [...figures, ...(await ratios(server.dbUrl, rest.perSecond))]
}

async function ratios(dbUrl: string, perSecond: number): Promise<Figure[]> {
  if (!(await isInstalled('pgbench'))) {
    console.log("pgbench is not installed (Debian's package postgresql-contrib): no ratios in this run")
    return []
  }
  const bare = await best(dbUrl, bareSelect)
  const four = await best(dbUrl, fourStatements)
  return [
    { name: 'pgbench, bare prepared select', value: bare, unit: 'tx/s' },
    { name: 'pgbench, begin; set_config; select; commit', value: four, unit: 'tx/s' },
    { name: 'REST / bare select', value: perSecond / bare, unit: '', atLeast: 0.2 },
    { name: 'REST / four statements', value: perSecond / four, unit: '', atLeast: 0.8 },
  ]
}

/** The number of clients that suits pgbench best is another than ours; the ratio is against its best. */
async function best(dbUrl: string, script: string): Promise<number> {
  let most = 0
  for (const clients of [8, connections])
    most = Math.max(most, await pgbench({ dbUrl, script, clients, seconds }))
  return most
}

const pick = `\\set id random(1, ${rows})`
const bareSelect = `${pick}\nselect * from public.todos where id = :id;\n`
const fourStatements = [
  pick,
  'begin;',
  `select set_config('role', 'authenticated', true), set_config('request.jwt.claims', '{"sub":"${userId}","role":"authenticated"}', true);`,
  'select * from public.todos where id = :id;',
  'commit;\n',
].join('\n')

/** Signs the owner of all rows up and in, as an app would. */
async function readLoad(server: TestServer): Promise<Load> {
  const auth = `${server.apiUrl}/auth/v1`
  const credentials = { email: 'bench@example.com', password: 'correct horse battery' }
  await post(server.serviceRoleKey, `${auth}/admin/users`, {
    ...credentials,
    id: userId,
    email_confirm: true,
  })
  const session = await post(server.anonKey, `${auth}/token?grant_type=password`, credentials)
  const token = Reflect.get(session, 'access_token')
  const headers = { apikey: server.anonKey, authorization: `Bearer ${String(token)}` }
  const url = `${server.apiUrl}/rest/v1/todos?id=eq.{id}`
  const answer = await (await fetch(url.replace('{id}', '77'), { headers })).text()
  if (!answer.includes('"Todo number 77"')) throw new Error(`the bench reads something else: ${answer}`)
  return { url, idMax: rows, headers, connections, seconds }
}

async function post(key: string, url: string, body: object): Promise<object> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { apikey: key, authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`)
  const answer: unknown = await response.json()
  if (typeof answer !== 'object' || answer === null) throw new Error(`${url}: no object`)
  return answer
}

/** Linux: VmRSS of the process. */
async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? NaN) * 1024
}

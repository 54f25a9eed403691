/** One row by primary key under row-level security, against the bare select and the transaction of four statements. */
import { limitOf } from '../limit.ts'
import { drive } from '../load.ts'
import type { Figure } from '../main.ts'
import { checkAnswer, connections, seconds, userId, type BenchClient } from './client.ts'
import { residentBytes } from './resident-bytes.ts'

const pick = '\\set id random(1, 100000)'
const bareSelect = `${pick}\nselect * from public.todos where id = :id;\n`
const claims = `{"sub":"${userId}","role":"authenticated"}`
const fourStatements = [
  pick,
  'begin;',
  `select set_config('role', 'authenticated', true), set_config('request.jwt.claims', '${claims}', true);`,
  'select * from public.todos where id = :id;',
  'commit;\n',
].join('\n')

export async function benchReadByKey(client: BenchClient): Promise<Figure[]> {
  const { server, load } = client
  const idleBytes = await residentBytes(server.pid)
  await checkAnswer(client, 'todos?id=eq.77', '"Todo number 77"')
  const read = load('todos?id=eq.{id}')
  await drive({ ...read, seconds: 4 })
  const rest = await drive(read)
  const busyBytes = await residentBytes(server.pid)
  const half = await drive({ ...read, perSecondMax: Math.round(rest.perSecond / 2) })
  const bare = await limitOf({
    dbUrl: server.dbUrl,
    script: bareSelect,
    clients: [8, connections],
    seconds,
  })
  const four = await limitOf({
    dbUrl: server.dbUrl,
    script: fourStatements,
    clients: [8, connections],
    seconds,
  })
  return [
    {
      name: `read by key (${rest.generator}, ${connections} connections)`,
      value: rest.perSecond,
      unit: 'req/s',
    },
    { name: 'read by key, p50', value: rest.p50Ms, unit: 'ms' },
    { name: 'read by key, p99', value: rest.p99Ms, unit: 'ms' },
    { name: 'read by key, failures', value: rest.failures, unit: '', atMost: 0 },
    { name: 'pgbench, bare prepared select', value: bare, unit: 'tx/s' },
    { name: 'pgbench, begin; set_config; select; commit', value: four, unit: 'tx/s' },
    { name: 'read by key / bare select', value: rest.perSecond / bare, unit: '', atLeast: 0.32 },
    { name: 'read by key / four statements', value: rest.perSecond / four, unit: '', atLeast: 1.2 },
    { name: 'at half the rate: p50', value: half.p50Ms, unit: 'ms' },
    { name: 'at half the rate: p99', value: half.p99Ms, unit: 'ms' },
    { name: 'Node process, idle', value: idleBytes / 1e6, unit: 'MB', atMost: 120 },
    { name: 'Node process, under load', value: busyBytes / 1e6, unit: 'MB' },
  ]
}

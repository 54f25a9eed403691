/** One row in under row-level security, against pgbench's prepared insert with the same fsync setting. */
import { limitOf } from '../limit.ts'
import { drive } from '../load.ts'
import type { Figure } from '../main.ts'
import { connections, seconds, userId, type BenchClient } from './client.ts'

const bareInsert = `insert into public.events (user_id, kind, amount) values ('${userId}', 'click', 1);\n`

export async function benchInsert({ server, headers, load }: BenchClient): Promise<Figure[]> {
  const insert = load('events', {
    method: 'POST',
    body: '{"kind":"click","amount":1}',
    headers: { ...headers, prefer: 'return=minimal' },
  })
  await drive({ ...insert, seconds: 2 })
  const rest = await drive(insert)
  const bare = await limitOf({
    dbUrl: server.dbUrl,
    script: bareInsert,
    clients: [8, connections],
    seconds,
  })
  return [
    { name: 'insert one row', value: rest.perSecond, unit: 'req/s' },
    { name: 'insert one row, failures', value: rest.failures, unit: '', atMost: 0 },
    { name: 'pgbench, prepared autocommit insert', value: bare, unit: 'tx/s' },
    { name: 'insert / bare insert', value: rest.perSecond / bare, unit: '', atLeast: 0.6 },
  ]
}

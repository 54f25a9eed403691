/** 10,000 rows in one request, against the same JSON given to PostgreSQL by a driver. */
import { Client } from 'pg'
import type { Figure } from '../main.ts'
import { userId, type BenchClient } from './client.ts'

const rows = 10_000
const rounds = 9

const statement = `insert into public.events (user_id, kind, amount)
  select '${userId}', kind, amount from json_to_recordset($1) as row (kind text, amount integer)`

export async function benchBulkInsert({ server, headers, load }: BenchClient): Promise<Figure[]> {
  const body = JSON.stringify(Array.from({ length: rows }, (_, amount) => ({ kind: 'click', amount })))
  const sql = new Client({ connectionString: server.dbUrl })
  await sql.connect()
  const viaRest: number[] = []
  const viaDriver: number[] = []
  for (let round = 0; round < rounds; round++) {
    viaRest.push(
      await timed(async () => {
        const init = { method: 'POST', headers: { ...headers, prefer: 'return=minimal' }, body }
        const { status } = await fetch(load('events').url, init)
        if (status !== 201) throw new Error(`a bulk insert answered ${status}`)
      }),
    )
    viaDriver.push(await timed(async () => sql.query(statement, [body])))
  }
  await sql.end()
  const [rest, driver] = [median(viaRest), median(viaDriver)]
  return [
    { name: 'bulk insert of 10,000 rows', value: rest, unit: 'ms' },
    { name: 'json_to_recordset by a driver', value: driver, unit: 'ms' },
    { name: 'driver time / REST time', value: driver / rest, unit: '', atLeast: 0.7 },
  ]
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await act()
  return performance.now() - startedAt
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}

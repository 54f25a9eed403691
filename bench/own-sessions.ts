/** Runs a pgbench script on our own sessions, for machines without pgbench: `\\set id random(1, N)`, statements, `:id`. */
import { Pool } from '../packages/server/src/db/wire/pool.ts'
import { targetOf } from '../packages/server/src/db/wire/target.ts'
import type { LimitRun } from './limit.ts'

/** Transactions per second. `begin` and `commit` are left out: what goes out together is one transaction. */
export async function runOwnSessions({ dbUrl, script, clients, seconds }: LimitRun): Promise<number> {
  const max = Number(/\\set id random\(1, (\d+)\)/.exec(script)?.[1] ?? 1)
  const texts = script
    .replace(/^\\set.*$/m, '')
    .split(';')
    .map((text) => text.trim())
    .filter((text) => text !== '' && text !== 'begin' && text !== 'commit')
  const pool = new Pool({
    name: 'bench',
    target: targetOf(dbUrl),
    sessionsMax: 8,
    queueMax: 10_000,
    queueMsMax: 60_000,
    observe: () => undefined,
  })
  const endAt = performance.now() + seconds * 1000
  let done = 0
  const client = async (): Promise<void> => {
    while (performance.now() < endAt) {
      const id = String(1 + Math.floor(Math.random() * max))
      await pool.run({ statements: texts.map((text) => statementOf(text, id)) })
      done++
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  await pool.close()
  return done / seconds
}

function statementOf(text: string, id: string): { text: string; values: string[] } {
  return text.includes(':id')
    ? { text: text.replaceAll(':id', '$1::bigint'), values: [id] }
    : { text, values: [] }
}

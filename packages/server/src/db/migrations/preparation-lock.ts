/** One node at a time prepares a database. The lock is PostgreSQL's, so it ends with the node that holds it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../kernel/failure.ts'
import { sql, toStatement, type SessionPool } from '../index.ts'

/** Any number will do, as long as all versions of Plinth use the same one: "plinth" in ASCII. */
const lockKey = 0x706c696e7468
const retryMs = 50
const waitMsMax = 600_000

/**
 * Runs `body` while no other node prepares this database. The lock has a session of its own, so `owner` needs two.
 * Not to be nested. Refuses with `preparation_stuck` when another node takes longer than ten minutes.
 *
 * Asks again and again, each time in a new transaction, instead of waiting inside PostgreSQL: a transaction that has a
 * snapshot keeps a `create index concurrently` of the node that holds the lock from ever ending.
 */
export async function withPreparationLock<T>(owner: SessionPool, body: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + waitMsMax
  for (;;) {
    const outcome = await attempt(owner, body)
    if (outcome?.status === 'fulfilled') return outcome.value
    if (outcome?.status === 'rejected') throw outcome.reason
    if (performance.now() > deadline) throw new Failure('preparation_stuck', { seconds: waitMsMax / 1000 })
    await sleep(retryMs)
  }
}

const take = toStatement(sql`select pg_catalog.pg_try_advisory_xact_lock(${lockKey}::bigint)`)
/** Needed for itself, and as the next statement it takes the snapshot of the one before out of the way. */
const stay = toStatement(sql`set local idle_in_transaction_session_timeout = 0`)

/** How `body` ended; undefined when another node has the lock. */
async function attempt<T>(
  owner: SessionPool,
  body: () => Promise<T>,
): Promise<PromiseSettledResult<T> | undefined> {
  return owner.transaction(async (tx) => {
    if ((await tx.run(take)).text(0, 0) !== 't') return undefined
    await tx.run(stay)
    // The body's failure is handed around the transaction, which would take some as a reason to begin again.
    const [outcome] = await Promise.allSettled([body()])
    return outcome
  })
}

/** An open transaction on a session that is leased to it: begins, runs the body step by step, and ends. */
import { assert } from '../../kernel/failure.ts'
import { DatabaseError } from '../database-error.ts'
import type { Transaction, TransactionOptions } from '../index.ts'
import type { Rows } from '../rows.ts'
import type { Statement } from '../sql.ts'
import { Job } from './job.ts'
import { onAbort } from './on-abort.ts'
import { scopeStatement } from './scope-statement.ts'
import type { Session } from './session.ts'

export interface TransactInput extends TransactionOptions {
  /** True to parse each statement for itself, where prepared ones have turned out to be stale. */
  readonly isOnce?: boolean
}

/** When it rejects, the transaction may still be open: releasing the session rolls it back. */
export async function transact<T>(
  session: Session,
  body: (tx: Transaction) => Promise<T>,
  { scope, signal, end = 'commit', isolation, isOnce = false }: TransactInput,
): Promise<T> {
  const level = isolation === undefined ? '' : ` isolation level ${isolation}`
  const opening = [statementOf(`begin${level}`), ...(scope === undefined ? [] : [scopeStatement(scope)])]
  const role = scope?.role ?? ''
  let isOver = false
  let opened: Promise<Rows> | undefined
  const run = async (statement: Statement): Promise<Rows> => {
    assert(!isOver, 'nothing runs in a transaction that has ended')
    if (opened === undefined) {
      opened = send(session, { role, isOnce, signal, opening, statement })
      return opened
    }
    // Without the opening, what comes after it would be a transaction of its own, under no identity.
    await opened
    return send(session, { role, isOnce, signal, statement })
  }
  const value = await body({ run })
  isOver = true
  await opened
  await session.settled()
  if (opened === undefined) return value
  // PostgreSQL would take the commit for a rollback, and not complain.
  if (session.failure !== undefined && end === 'commit') throw new DatabaseError(session.failure, 0)
  await send(session, { role: '', isOnce, statement: statementOf(end) })
  return value
}

interface Step {
  readonly role: string
  readonly isOnce: boolean
  readonly statement: Statement
  /** Goes before the statement, in the same round trip. */
  readonly opening?: readonly Statement[]
  readonly signal?: AbortSignal | undefined
}

/** One step of an open transaction, which cannot be repeated from its middle. */
async function send(session: Session, step: Step): Promise<Rows> {
  const { role, isOnce, opening = [], statement, signal } = step
  const job = new Job({
    statements: [...opening, statement],
    ownCount: opening.length,
    role,
    isOnce,
    isRepeatable: false,
    expectedMs: Infinity,
  })
  const release = onAbort(signal, () => session.abandon(job))
  session.send(job)
  try {
    const [rows] = await job.finished
    assert(rows !== undefined, 'a statement has an answer')
    return rows
  } finally {
    release?.()
  }
}

function statementOf(text: string): Statement {
  return { text, values: [] }
}

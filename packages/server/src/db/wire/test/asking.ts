/** What the tests of the sessions share: short ways to ask, and a session without a pool around it. */
import { DatabaseError } from '../../database-error.ts'
import type { Scope, SessionPool } from '../../index.ts'
import type { Rows } from '../../rows.ts'
import type { Statement, Value } from '../../sql.ts'
import { connect, type ConnectTarget } from '../connect.ts'
import { Job, type JobInput } from '../job.ts'
import { scopeStatement } from '../scope-statement.ts'
import { Session } from '../session.ts'

export function statement(text: string, ...values: readonly Value[]): Statement {
  return { text, values }
}

/** The first cell of the answer to one statement. */
export async function ask(
  pool: Pick<SessionPool, 'run'>,
  text: string,
  ...values: readonly Value[]
): Promise<string | null> {
  const [rows] = await pool.run({ statements: [statement(text, ...values)] })
  return rows?.text(0, 0) ?? null
}

/** `member` with the user of the policies. */
export function scopeOf(user: string, role = 'member'): Scope {
  return { role, settings: [['app.user', user]] }
}

/** How a promise ended, in one word: its first cell, or the SQLSTATE or code of its refusal. */
export async function outcome(promise: Promise<readonly Rows[] | Rows | string | null>): Promise<string> {
  try {
    const value = await promise
    if (value === null || typeof value === 'string') return `${value}`
    const rows = 'cells' in value ? value : value.at(-1)
    return `${rows?.text(0, 0) ?? null}`
  } catch (error) {
    if (error instanceof DatabaseError) return error.sqlstate
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}

export interface OpenSession {
  readonly session: Session
  readonly processId: number
  /** Settles when the connection is gone. */
  readonly lost: Promise<Error>
  /** Sends at once, whatever is under way. */
  send(statements: readonly Statement[], options?: Partial<JobInput> & { readonly scope?: Scope }): Job
}

/** A session of its own; the caller closes it. */
export async function openSession(target: ConnectTarget): Promise<OpenSession> {
  const connected = await connect(target)
  let tell: (reason: Error) => void = () => undefined
  const lost = new Promise<Error>((resolve) => {
    tell = resolve
  })
  const session = new Session(connected, target, {
    finished: () => undefined,
    available: () => undefined,
    lost: (_session, reason) => tell(reason),
  })
  return {
    session,
    processId: connected.processId,
    lost,
    send(statements, { scope, ...options } = {}) {
      const job = new Job({
        statements: scope === undefined ? statements : [scopeStatement(scope), ...statements],
        ownCount: scope === undefined ? 0 : 1,
        role: scope?.role ?? '',
        isOnce: false,
        expectedMs: 1,
        isRepeatable: true,
        ...options,
      })
      // Whoever is interested awaits it himself.
      job.finished.catch(() => undefined)
      session.send(job)
      return job
    },
  }
}

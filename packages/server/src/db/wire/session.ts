/**
 * A logged-in connection that runs jobs in the order in which it gets them, several under way at once. The messages of
 * all jobs of one tick leave in one write. Between two Syncs PostgreSQL runs one implicit transaction.
 */
import { Failure } from '../../kernel/failure.ts'
import type { DatabaseErrorFields } from '../database-error.ts'
import type { Statement } from '../sql.ts'
import {
  messageType,
  readAffected,
  readDataRow,
  readError,
  readNotification,
  readRowDescription,
} from './backend-messages.ts'
import { cancel, type Connected, type ConnectTarget } from './connect.ts'
import { Job, type JobInput, type Prepared } from './job.ts'
import { MessageWriter } from './message-writer.ts'
import { PreparedStatements } from './prepared-statements.ts'

const attemptsMax = 3
const preparedMax = 500

export interface SessionEvents {
  /** A job has ended; `durationMs` is how long the server was at it. */
  finished(session: Session, job: Job, durationMs: number): void
  /** The session may take more work than a moment ago. */
  available(session: Session): void
  /** The connection is gone, and with it the fate of what was under way. */
  lost(session: Session, reason: Error): void
  notified?(channel: string, payload: string): void
}

export class Session {
  readonly #connected: Connected
  readonly #target: ConnectTarget
  readonly #events: SessionEvents
  readonly #writer = new MessageWriter()
  readonly #prepared = new PreparedStatements(preparedMax)
  readonly #jobs: Job[] = []
  #isFlushing = false
  #isLost = false
  /** The cancel request under way. It is over when PostgreSQL has taken note of it and the cancelled job has ended. */
  #cancelling: { job: Job; isNoted: boolean; isEnded: boolean } | undefined
  /** What the last ReadyForQuery said: the session is in no transaction. */
  #isIdle = true
  #isLeased = false

  constructor(connected: Connected, target: ConnectTarget, events: SessionEvents) {
    this.#connected = connected
    this.#target = target
    this.#events = events
    connected.take(
      (type, body) => this.#receive(type, body),
      (reason) => this.#lose(reason),
    )
    if (connected.socket.destroyed) this.#lose(new Error('the connection was closed'))
  }

  /** Jobs that were sent and have not ended. */
  get depth(): number {
    return this.#jobs.length
  }

  /** False while jobs should go elsewhere. */
  get isOpen(): boolean {
    return !this.#isLost && this.#cancelling === undefined && !this.#isLeased
  }

  /** How long what is under way will take in all; infinite while that is unknown. */
  get expectedMs(): number {
    return this.#jobs.reduce((sum, job) => sum + job.input.expectedMs, 0)
  }

  /** Since when the server has been at the job in front, as `performance.now()`; undefined when idle. */
  get busySince(): number | undefined {
    return this.#jobs[0]?.startedAt
  }

  send(job: Job): void {
    if (this.#isLost) {
      job.reject(new Failure('database_unavailable', {}))
      return
    }
    if (this.#jobs.length === 0) job.startedAt = performance.now()
    job.isNearCancel = this.#cancelling !== undefined
    this.#jobs.push(job)
    job.prepared = job.input.statements.map((statement) => this.#write(statement, job.input))
    this.#writer.sync()
    this.#flushLater()
  }

  /** Keeps the session for one transaction, which alone may send until `release`. */
  lease(): void {
    this.#isLeased = true
  }

  /** Gives it back, with no transaction open. */
  release(): void {
    this.#isLeased = false
    if (!this.#isLost && (!this.#isIdle || this.#jobs.length > 0)) this.#rollBack()
  }

  /** The caller of `job` has gone: stops it in PostgreSQL as soon as that hits nobody else's work. */
  abandon(job: Job): void {
    job.isAbandoned = true
    job.reject(new Failure('client_closed_request', {}))
    if (this.#jobs[0] === job) this.#cancelFirst()
  }

  /** Ends the connection once everything under way has ended; at once when `isForced`. */
  async close(isForced: boolean): Promise<void> {
    if (this.#isLost) return
    if (!isForced) await Promise.allSettled(this.#jobs.map(async (job) => job.finished))
    this.#isLost = true
    this.#writer.terminate()
    this.#connected.socket.end(this.#writer.take())
    setTimeout(() => this.#connected.socket.destroy(), 1000).unref()
  }

  #write(statement: Statement, { role, isOnce }: JobInput): Prepared {
    const known = isOnce ? undefined : this.#prepared.find(role, statement.text)
    const prepared =
      known ?? (isOnce ? this.#parse(unnamed(), statement.text) : this.#prepare(role, statement.text))
    this.#writer.bind(prepared.name, statement.values)
    this.#writer.execute()
    return prepared
  }

  #prepare(role: string, text: string): Prepared {
    const { added, evicted } = this.#prepared.add(role, text)
    if (evicted !== undefined) this.#writer.closeStatement(evicted.name)
    return this.#parse(added, text)
  }

  #parse(prepared: Prepared, text: string): Prepared {
    this.#writer.parse(prepared.name, text)
    this.#writer.describeStatement(prepared.name)
    return prepared
  }

  #flushLater(): void {
    if (this.#isFlushing) return
    this.#isFlushing = true
    setImmediate(() => {
      this.#isFlushing = false
      if (!this.#isLost) this.#connected.socket.write(this.#writer.take())
    })
  }

  #receive(type: number, body: Buffer): void {
    const job = this.#jobs[0]
    switch (type) {
      case messageType.dataRow:
        job?.addRow(readDataRow(body))
        return
      case messageType.commandComplete:
        job?.completeStatement(readAffected(body))
        return
      case messageType.emptyQueryResponse:
        job?.completeStatement(0)
        return
      case messageType.readyForQuery:
        if (job !== undefined) this.#finish(job, body[0] ?? 0)
        return
      case messageType.parseComplete:
        if (job?.current !== undefined) job.current.isParsed = true
        return
      case messageType.rowDescription:
        if (job?.current !== undefined) job.current.fields = readRowDescription(body)
        return
      case messageType.errorResponse:
        this.#fail(job, readError(body))
        return
      case messageType.copyInResponse:
        this.#writer.copyFail('COPY FROM STDIN is not possible here')
        this.#writer.sync()
        this.#flushLater()
        return
      case messageType.notificationResponse: {
        const { channel, payload } = readNotification(body)
        this.#events.notified?.(channel, payload)
        return
      }
      default:
      // BindComplete, CloseComplete, ParameterDescription, NoData, notices and COPY data need no answer.
    }
  }

  #fail(job: Job | undefined, error: DatabaseErrorFields): void {
    // Without a job the server tells why it is about to close the connection; the close itself follows.
    if (job === undefined) return
    job.fail(error)
    // PostgreSQL skips the rest of the job, also the parsing of its later statements.
    for (const prepared of job.prepared) if (!prepared.isParsed) this.#prepared.drop(prepared)
  }

  #finish(job: Job, transactionStatus: number): void {
    const now = performance.now()
    const durationMs = now - job.startedAt
    this.#jobs.shift()
    this.#isIdle = transactionStatus === 0x49
    if (!this.#isIdle && !this.#isLeased) this.#endStrayTransaction(job)
    const next = this.#jobs[0]
    if (next !== undefined) next.startedAt = now
    if (this.#cancelling?.job === job) this.#cancelling.isEnded = true
    this.#endCancel()
    if (next?.isAbandoned === true) this.#cancelFirst()
    if (this.#mustRepeat(job)) {
      job.restart()
      this.send(job)
      return
    }
    job.settle()
    this.#events.finished(this, job, durationMs)
    this.#events.available(this)
  }

  /** A statement of our callers began a transaction and left it open: the next job must not land in it. */
  #endStrayTransaction(job: Job): void {
    job.fail({ message: 'a transaction was left open, and was rolled back', sqlstate: '25000' })
    this.#rollBack()
  }

  #rollBack(): void {
    const rollback = new Job({
      statements: [{ text: 'rollback', values: [] }],
      role: '',
      hasScope: false,
      isOnce: true,
      expectedMs: Infinity,
      isRepeatable: true,
    })
    rollback.finished.catch(() => undefined)
    this.send(rollback)
  }

  /** Its transaction was undone for a reason that lies in the session, not in the job: sending it again is safe. */
  #mustRepeat(job: Job): boolean {
    const { error } = job
    if (error === undefined || !job.input.isRepeatable || job.isAbandoned) return false
    if (isStalePlan(error)) for (const prepared of job.prepared) this.#forget(prepared)
    else if (!isForeignCancel(job, error)) return false
    return job.attempts + 1 < attemptsMax
  }

  #forget(prepared: Prepared): void {
    this.#prepared.drop(prepared)
    if (prepared.name !== '' && prepared.isParsed) this.#writer.closeStatement(prepared.name)
  }

  #cancelFirst(): void {
    const first = this.#jobs[0]
    if (first === undefined || this.#cancelling !== undefined) return
    const cancelling = { job: first, isNoted: false, isEnded: false }
    this.#cancelling = cancelling
    for (const job of this.#jobs) job.isNearCancel = true
    const { processId, secret } = this.#connected
    const note = (): void => {
      cancelling.isNoted = true
      this.#endCancel()
    }
    cancel(this.#target, processId, secret).then(note, note)
  }

  #endCancel(): void {
    if (this.#cancelling === undefined || !this.#cancelling.isNoted || !this.#cancelling.isEnded) return
    this.#cancelling = undefined
    this.#events.available(this)
  }

  #lose(reason: Error): void {
    if (this.#isLost) return
    this.#isLost = true
    for (const job of this.#jobs.splice(0))
      job.reject(new Failure('database_unavailable', {}, { cause: reason }))
    this.#events.lost(this, reason)
  }
}

/** A statement that is used once and kept nowhere. */
function unnamed(): Prepared {
  return { name: '', key: '', fields: [], isParsed: false }
}

/** DDL has changed what a prepared statement answers, or somebody has dropped it. */
export function isStalePlan(error: DatabaseErrorFields): boolean {
  if (error.sqlstate === '26000') return true
  return error.sqlstate === '0A000' && error.routine === 'RevalidateCachedQuery'
}

/** The cancel request of the job in front hit this one. Statement timeouts share the SQLSTATE but not the routine's words. */
function isForeignCancel(job: Job, error: DatabaseErrorFields): boolean {
  return job.isNearCancel && error.sqlstate === '57014' && !error.message.includes('timeout')
}

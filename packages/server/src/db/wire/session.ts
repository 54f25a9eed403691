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
import { Job, type Prepared } from './job.ts'
import { MessageWriter } from './message-writer.ts'
import { PreparedStatements, unnamed } from './prepared-statements.ts'

/** Each attempt but the first follows on the cancelling of another one's work. */
const attemptsMax = 20
const preparedMax = 500
/** A cancel request that comes before its job has begun is void: another one follows, at growing distances. */
const cancelAgainMs = 100
const cancelAgainMsMax = 2000

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
  /** Statements that PostgreSQL keeps for nothing. */
  readonly #unused: Prepared[] = []
  #cancelling: Cancelling | undefined
  /** What the last ReadyForQuery said: the session is in no transaction. */
  #isIdle = true
  #failure: DatabaseErrorFields | undefined
  #isLeased = false
  /** Ends the transaction that should not be open. */
  #rollback: Job | undefined
  /** Called when a job has ended, the lease too, or the connection. */
  #waiters: (() => void)[] = []

  constructor(connected: Connected, target: ConnectTarget, events: SessionEvents) {
    this.#connected = connected
    this.#target = target
    this.#events = events
    connected.take(
      (type, body) => this.#receive(type, body),
      (reason) => this.#lose(reason),
    )
  }

  /** Jobs that were sent and have not ended. */
  get depth(): number {
    return this.#jobs.length
  }

  /** False while jobs should go elsewhere. */
  get isOpen(): boolean {
    return !this.#isLost && this.#cancelling === undefined && !this.#isLeased
  }

  /** Why the transaction that is open can only be rolled back; undefined as long as it can be committed. */
  get failure(): DatabaseErrorFields | undefined {
    return this.#failure
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
    job.prepared = job.input.statements.map((statement) => this.#write(statement, job))
    this.#writer.sync()
    // Behind the Sync, because PostgreSQL skips what stands between an error and the Sync.
    for (const { name } of this.#unused.splice(0)) this.#writer.closeStatement(name)
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
    this.#wake()
  }

  /** Resolves when nothing is under way, or the connection is gone. */
  async settled(): Promise<void> {
    while (this.#jobs.length > 0) await this.#change()
  }

  /** Parses every statement anew from now on: the types of parameters are fixed when a statement is parsed. */
  forgetStatements(): void {
    this.#unused.push(...this.#prepared.clear())
  }

  /** The caller of `job` has gone: stops it in PostgreSQL as soon as that hits nobody else's work. */
  abandon(job: Job): void {
    job.isAbandoned = true
    job.reject(new Failure('client_closed_request', {}))
    if (this.#jobs[0] === job) this.#cancelFirst()
  }

  /** Ends the connection once everything under way has ended, also a lease; at once when `isForced`. */
  async close(isForced: boolean): Promise<void> {
    if (!isForced) await this.#released()
    if (this.#isLost) return
    this.#end(new Failure('server_stopping', {}))
    this.#writer.terminate()
    this.#connected.socket.end(this.#writer.take())
    setTimeout(() => this.#connected.socket.destroy(), 1000).unref()
  }

  #write({ text, values }: Statement, { input, attempts }: Job): Prepared {
    // A job that is sent again relies on nobody: what failed it may fail the one that it would share a statement with.
    const isOwn = input.isOnce || attempts > 0
    const known = isOwn ? undefined : this.#prepared.find(input.role, text)
    const prepared = known ?? (isOwn ? unnamed(text) : this.#add(input.role, text))
    if (known === undefined) {
      this.#writer.parse(prepared.name, text)
      this.#writer.describeStatement(prepared.name)
    }
    this.#writer.bind(prepared.name, values)
    this.#writer.execute()
    if (prepared.mayCopyIn) this.#writer.copyFail('COPY FROM STDIN is not possible here')
    return prepared
  }

  #add(role: string, text: string): Prepared {
    const { added, evicted } = this.#prepared.add(role, text)
    if (evicted !== undefined) this.#unused.push(evicted)
    return added
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
      case messageType.noData:
        if (job?.current !== undefined) job.current.fields = []
        return
      case messageType.rowDescription:
        if (job?.current !== undefined) job.current.fields = readRowDescription(body)
        return
      case messageType.errorResponse:
        this.#fail(job, readError(body))
        return
      case messageType.notificationResponse: {
        const { channel, payload } = readNotification(body)
        this.#events.notified?.(channel, payload)
        return
      }
      default:
      // ParseComplete, BindComplete, CloseComplete, ParameterDescription, notices and COPY data need no answer.
    }
  }

  #fail(job: Job | undefined, error: DatabaseErrorFields): void {
    // Without a job the server tells why it is about to close the connection; the close itself follows.
    if (job === undefined) return
    job.fail(error)
    // PostgreSQL skips the rest of the job, also the parsing of its later statements.
    for (const prepared of job.prepared) if (prepared.fields === undefined) this.#forget(prepared)
  }

  #finish(job: Job, transactionStatus: number): void {
    if (job.error === undefined && !job.isAnswered) throw new Error('the server has left out an answer')
    const now = performance.now()
    const durationMs = now - job.startedAt
    this.#jobs.shift()
    const isInStray = this.#isInStray(job)
    this.#isIdle = transactionStatus === 0x49
    this.#failure = transactionStatus === 0x45 ? (this.#failure ?? job.error) : undefined
    if (this.#rollback === job) this.#rollback = undefined
    if (!this.#isIdle && !this.#isLeased) {
      if (!isInStray)
        job.fail({ message: 'a transaction was left open, and was rolled back', sqlstate: '25000' })
      this.#rollBack()
    }
    const next = this.#jobs[0]
    if (next !== undefined) next.startedAt = now
    if (this.#cancelling?.job === job) this.#cancelling.isEnded = true
    this.#endCancel()
    if (next?.isAbandoned === true) this.#cancelFirst()
    if ((isInStray && !job.isAbandoned) || this.#mustRepeat(job)) {
      job.restart()
      this.send(job)
      return
    }
    job.settle()
    this.#wake()
    this.#events.finished(this, job, durationMs)
    this.#events.available(this)
  }

  /** It was sent behind one that began a transaction and left it open, so it has landed in there: its answer is void. */
  #isInStray(job: Job): boolean {
    return !this.#isIdle && !this.#isLeased && job.input.isRepeatable
  }

  #rollBack(): void {
    if (this.#rollback !== undefined) return
    this.#rollback = new Job({
      statements: [{ text: 'rollback', values: [] }],
      role: '',
      ownCount: 0,
      isOnce: true,
      expectedMs: Infinity,
      isRepeatable: false,
    })
    this.#rollback.finished.catch(() => undefined)
    this.send(this.#rollback)
  }

  /** Its transaction was undone for a reason that lies in the session, not in the job: sending it again is safe. */
  #mustRepeat(job: Job): boolean {
    const { error, attempts } = job
    if (error === undefined || !job.input.isRepeatable || job.isAbandoned) return false
    if (isForeignCancel(job, error)) return attempts + 1 < attemptsMax
    if (!isStalePlan(error) || attempts > 0) return false
    for (const prepared of job.prepared) this.#forget(prepared)
    return true
  }

  #forget(prepared: Prepared): void {
    if (prepared.name === '') return
    this.#prepared.drop(prepared)
    this.#unused.push(prepared)
  }

  #cancelFirst(): void {
    const job = this.#jobs[0]
    if (job === undefined || this.#cancelling !== undefined) return
    this.#cancelling = { job, isAsking: false, isEnded: false }
    void this.#askToCancel(this.#cancelling, cancelAgainMs)
  }

  async #askToCancel(cancelling: Cancelling, againMs: number): Promise<void> {
    cancelling.isAsking = true
    for (const job of this.#jobs) job.isNearCancel = true
    const { processId, secret } = this.#connected
    // When it does not get through, the next one may.
    await cancel(this.#target, processId, secret).catch(() => undefined)
    cancelling.isAsking = false
    this.#endCancel()
    if (this.#cancelling !== cancelling || this.#isLost) return
    const again = (): void => void this.#askToCancel(cancelling, Math.min(againMs * 2, cancelAgainMsMax))
    cancelling.timer = setTimeout(again, againMs).unref()
  }

  #endCancel(): void {
    const cancelling = this.#cancelling
    if (cancelling === undefined || cancelling.isAsking || !cancelling.isEnded) return
    clearTimeout(cancelling.timer)
    this.#cancelling = undefined
    if (this.#jobs[0]?.isAbandoned === true) this.#cancelFirst()
    else this.#events.available(this)
  }

  #lose(reason: Error): void {
    if (this.#isLost) return
    this.#end(new Failure('database_unavailable', {}, { cause: reason }))
    this.#events.lost(this, reason)
  }

  #end(refusal: Failure): void {
    this.#isLost = true
    clearTimeout(this.#cancelling?.timer)
    for (const job of this.#jobs.splice(0)) job.reject(refusal)
    this.#wake()
  }

  async #released(): Promise<void> {
    while ((this.#jobs.length > 0 || this.#isLeased) && !this.#isLost) await this.#change()
  }

  async #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push(resolve)
    })
  }

  #wake(): void {
    for (const resolve of this.#waiters.splice(0)) resolve()
  }
}

/** A request to stop a job. It is over when PostgreSQL has taken note of it and the job has ended. */
interface Cancelling {
  readonly job: Job
  isAsking: boolean
  isEnded: boolean
  timer?: NodeJS.Timeout
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

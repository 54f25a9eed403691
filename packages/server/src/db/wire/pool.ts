/**
 * A bounded number of sessions, and a bounded queue before them. Short work is sent behind other short work of a busy
 * session; all other gets an idle one. Lost sessions come back with growing pauses.
 */
import { Failure } from '../../kernel/failure.ts'
import type { Observe } from '../../kernel/observe.ts'
import { DatabaseError } from '../database-error.ts'
import type { SessionPool, Transaction, TransactionOptions, Work } from '../index.ts'
import type { Rows } from '../rows.ts'
import type { Statement } from '../sql.ts'
import { connect, type ConnectTarget } from './connect.ts'
import { Job } from './job.ts'
import { onAbort } from './on-abort.ts'
import { scopeStatement } from './scope-statement.ts'
import { isStalePlan, Session, type SessionEvents } from './session.ts'
import { StatementCosts } from './statement-costs.ts'
import { transact, type TransactInput } from './transact.ts'

export interface PoolOptions {
  /** For logs: `requests` or `owner`. */
  readonly name: string
  readonly target: ConnectTarget
  readonly sessionsMax: number
  /** How much work may wait; more is refused with `pool_queue_full`. */
  readonly queueMax: number
  /** How long work may wait before it is refused with `pool_timeout`, or `database_unavailable` when nothing is connected. */
  readonly queueMsMax: number
  readonly observe: Observe
}

/**
 * What is under way on one session may take so long in all before work goes to another: it is what the last caller waits
 * for the others. A statement that is slow, or not known yet, so gets a session to itself.
 */
const sharedMsMax = 4
/** However fast they are. */
const depthMax = 32
/** A session whose first job takes longer than this gets nothing more: its callers would wait. */
const stallMsMax = 20
const reconnectMsMin = 50
const reconnectMsMax = 2000

/** Waits for a session: to send `job` on one, or to have one for itself. */
interface Waiting {
  readonly expectedMs: number
  readonly isReadOnly: boolean
  readonly queuedAt: number
  start(session: Session): void
  refuse(reason: Error): void
}

export class Pool implements SessionPool {
  readonly #options: PoolOptions
  readonly #sessions = new Set<Session>()
  readonly #costs = new StatementCosts()
  #queue: Waiting[] = []
  #connecting = 0
  #failedConnects = 0
  #lastRefusal: Error | undefined
  #isClosed = false
  #keepsOne = false
  readonly #abort = new AbortController()
  readonly #sweep: NodeJS.Timeout

  constructor(options: PoolOptions) {
    this.#options = options
    this.#sweep = setInterval(() => this.#refuseStale(), 100).unref()
  }

  /** How many sessions are logged in. */
  get size(): number {
    return this.#sessions.size
  }

  get queued(): number {
    return this.#queue.length
  }

  async run(work: Work): Promise<readonly Rows[]> {
    const expectedMs = work.isOnce === true ? Infinity : this.#costs.expectedMs(mainText(work.statements))
    const job = jobOf(work, expectedMs)
    const isReadOnly = work.isReadOnly ?? false
    let session: Session | undefined
    const start = (given: Session): void => {
      session = given
      given.send(job)
    }
    const waiting = {
      expectedMs,
      isReadOnly,
      queuedAt: performance.now(),
      start,
      refuse: (reason: Error) => job.reject(reason),
    }
    const release = onAbort(work.signal, () => {
      if (session === undefined) this.#withdraw(waiting)
      else session.abandon(job)
    })
    this.#enqueue(waiting)
    if (release === undefined) return job.finished
    try {
      return await job.finished
    } finally {
      release()
    }
  }

  async transaction<T>(body: (tx: Transaction) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    try {
      return await this.#transactOnce(body, options)
    } catch (error) {
      if (!(error instanceof DatabaseError) || !isStalePlan(error.fields)) throw error
      // With statements of its own: those of any session may be stale.
      return this.#transactOnce(body, { ...options, isOnce: true })
    }
  }

  /** Parses every statement anew from now on: one that was parsed before a change of the schema may mean something else. */
  forgetStatements(): void {
    for (const session of this.#sessions) session.forgetStatements()
  }

  /** Logs one session in, to fail early; rejects with why the last attempt failed. From then on one is always kept. */
  async connected(attemptsMax: number): Promise<void> {
    for (let attempt = 1; this.#sessions.size === 0; attempt++) {
      await this.#connectOne()
      if (this.#sessions.size === 0 && attempt >= attemptsMax) {
        throw this.#lastRefusal ?? new Failure('database_unavailable', {})
      }
    }
    this.#keepsOne = true
  }

  /** Refuses what waits, lets what is under way end, also open transactions, and logs out. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#sweep)
    this.#abort.abort()
    for (const waiting of this.#queue.splice(0)) waiting.refuse(new Failure('server_stopping', {}))
    await Promise.all([...this.#sessions].map(async (session) => session.close(false)))
    this.#sessions.clear()
  }

  async #transactOnce<T>(body: (tx: Transaction) => Promise<T>, options: TransactInput): Promise<T> {
    const session = await this.#lease(options.signal)
    try {
      return await transact(session, body, options)
    } finally {
      // What is still open then is rolled back.
      session.release()
      this.#resume()
    }
  }

  /** A session for one caller alone. */
  async #lease(signal: AbortSignal | undefined): Promise<Session> {
    let release: (() => void) | undefined
    try {
      return await new Promise((resolve, reject) => {
        const start = (session: Session): void => {
          session.lease()
          resolve(session)
        }
        const queuedAt = performance.now()
        const waiting = { expectedMs: Infinity, isReadOnly: false, queuedAt, start, refuse: reject }
        release = onAbort(signal, () => this.#withdraw(waiting))
        this.#enqueue(waiting)
      })
    } finally {
      release?.()
    }
  }

  #enqueue(waiting: Waiting): void {
    if (this.#isClosed) {
      waiting.refuse(new Failure('server_stopping', {}))
      return
    }
    const { queueMax } = this.#options
    if (this.#queue.length >= queueMax) {
      waiting.refuse(new Failure('pool_queue_full', { queueMax }))
      return
    }
    this.#queue.push(waiting)
    this.#dispatch()
  }

  #withdraw(waiting: Waiting): void {
    const isQueued = this.#queue.includes(waiting)
    this.#queue = this.#queue.filter((other) => other !== waiting)
    if (isQueued) waiting.refuse(new Failure('client_closed_request', {}))
  }

  #dispatch(): void {
    let taken = 0
    for (const waiting of this.#queue) {
      const session = this.#choose(waiting)
      if (session === undefined) break
      taken++
      waiting.start(session)
    }
    if (taken > 0) this.#queue.splice(0, taken)
    const isShort = this.#queue.length > this.#connecting || this.#idleSession() === undefined
    if (isShort && this.#mayConnect()) void this.#connectOne()
  }

  /** While log-ins fail, one tries for all. */
  #mayConnect(): boolean {
    if (this.#failedConnects > 0 && this.#connecting > 0) return false
    return this.#sessions.size + this.#connecting < this.#options.sessionsMax
  }

  /**
   * The session with most work, as long as it stays short: a PostgreSQL process that is awake takes the next job for far
   * less than one that must be woken, and fewer of them compete for the processors. Else an idle session; which writes get
   * first, because they wait for the disk at their end, and PostgreSQL writes the commits of many sessions at once.
   */
  #choose({ expectedMs, isReadOnly }: Waiting): Session | undefined {
    const idle = this.#idleSession()
    if (expectedMs > sharedMsMax || (!isReadOnly && idle !== undefined)) return idle
    const stalledBefore = performance.now() - stallMsMax
    let best: Session | undefined
    for (const session of this.#sessions) {
      const { depth } = session
      if (!session.isOpen || depth === 0 || depth >= depthMax || depth <= (best?.depth ?? 0)) continue
      const isStalled = (session.busySince ?? 0) < stalledBefore
      if (!isStalled && session.expectedMs + expectedMs <= sharedMsMax) best = session
    }
    return best ?? idle
  }

  #idleSession(): Session | undefined {
    for (const session of this.#sessions) if (session.isOpen && session.depth === 0) return session
    return undefined
  }

  #refuseStale(): void {
    const { queueMsMax } = this.#options
    const before = performance.now() - queueMsMax
    while (this.#queue[0] !== undefined && this.#queue[0].queuedAt < before) {
      const isDown = this.#sessions.size === 0
      this.#queue.shift()?.refuse(new Failure(isDown ? 'database_unavailable' : 'pool_timeout', {}))
    }
    if (this.#queue.length > 0) this.#dispatch()
  }

  async #connectOne(): Promise<void> {
    this.#connecting++
    try {
      if (this.#failedConnects > 0) await this.#pause()
      const connected = await connect(this.#options.target, this.#abort.signal)
      if (this.#isClosed) {
        connected.socket.destroy()
        return
      }
      this.#failedConnects = 0
      this.#sessions.add(new Session(connected, this.#options.target, this.#events()))
    } catch (error) {
      this.#refused(error)
    } finally {
      this.#connecting--
    }
    this.#resume()
  }

  /** After a change in what is connected or busy: goes on with the queue, and keeps at least one session. */
  #resume(): void {
    if (this.#isClosed) return
    if (this.#queue.length > 0) this.#dispatch()
    else if (this.#keepsOne && this.#sessions.size + this.#connecting === 0) void this.#connectOne()
  }

  async #pause(): Promise<void> {
    const delayMs = this.#delayMs()
    await new Promise((resolve) => {
      setTimeout(resolve, delayMs).unref()
    })
  }

  #delayMs(): number {
    return Math.min(reconnectMsMax, reconnectMsMin * 2 ** Math.min(this.#failedConnects - 1, 10))
  }

  #refused(error: unknown): void {
    if (this.#isClosed) return
    this.#failedConnects++
    this.#lastRefusal = error instanceof Error ? error : new Error(String(error))
    this.#options.observe('session_retry', {
      pool: this.#options.name,
      attempt: this.#failedConnects,
      delayMs: this.#delayMs(),
      reason: this.#lastRefusal.message,
    })
  }

  #events(): SessionEvents {
    return {
      finished: (_session, job, durationMs) => {
        const { isOnce, isRepeatable, statements } = job.input
        if (isOnce || !isRepeatable || job.isAbandoned) return
        const text = mainText(statements)
        // How soon it failed tells nothing about how long it takes; that it took long does.
        if (job.error !== undefined && durationMs < this.#costs.expectedMs(text)) return
        this.#costs.record(text, durationMs)
      },
      available: () => this.#resume(),
      lost: (session, reason) => {
        this.#sessions.delete(session)
        if (this.#isClosed) return
        this.#options.observe('session_lost', { pool: this.#options.name, reason: reason.message })
        this.#resume()
      },
    }
  }
}

function jobOf(work: Work, expectedMs: number): Job {
  const { scope, statements } = work
  return new Job({
    statements: scope === undefined ? statements : [scopeStatement(scope), ...statements],
    ownCount: scope === undefined ? 0 : 1,
    role: scope?.role ?? '',
    isOnce: work.isOnce ?? false,
    expectedMs,
    isRepeatable: true,
  })
}

/** What a unit of work is known by in the costs: its last statement, which is the one that it is about. */
function mainText(statements: readonly Statement[]): string {
  return statements.at(-1)?.text ?? ''
}

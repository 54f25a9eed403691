/** One unit of work on a session: the statements under one Sync, and what has come back of them so far. */
import { DatabaseError, type DatabaseErrorFields } from '../database-error.ts'
import { Rows, type Field } from '../rows.ts'
import type { Statement } from '../sql.ts'

/** A statement that PostgreSQL keeps parsed, or is about to. */
export interface Prepared {
  readonly name: string
  /** What its session keeps it under. */
  readonly key: string
  /** Known once PostgreSQL has described the statement. */
  fields: readonly Field[]
  isParsed: boolean
}

export interface JobInput {
  /** In order; the first is the scope when `hasScope`. */
  readonly statements: readonly Statement[]
  readonly hasScope: boolean
  /** The role that the scope switches to; empty for that of the log-in. */
  readonly role: string
  readonly isOnce: boolean
  /** How long it will take, from what its statement took before; infinite when that is unknown. */
  readonly expectedMs: number
  /** False inside an open transaction, which cannot be repeated from its middle. */
  readonly isRepeatable: boolean
}

export class Job {
  readonly input: JobInput
  readonly finished: Promise<readonly Rows[]>
  /** The prepared statement of each of the job's statements, set when it is sent. */
  prepared: Prepared[] = []
  /** When the server began with it, as far as can be seen from here: ms of `performance.now()`. */
  startedAt = 0
  attempts = 0
  /** Set when the caller has gone: nobody waits for the answer. */
  isAbandoned = false
  /** Set while a cancel request is under way on its session: it may be hit in place of its neighbour. */
  isNearCancel = false
  #rows: Rows[] = []
  #cells: (Buffer | null)[][] = []
  #error: DatabaseErrorFields | undefined
  #resolve: (rows: readonly Rows[]) => void = () => undefined
  #reject: (reason: Error) => void = () => undefined

  constructor(input: JobInput) {
    this.input = input
    this.finished = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** The statement whose answer is being read. */
  get current(): Prepared | undefined {
    return this.prepared[this.#rows.length]
  }

  get error(): DatabaseErrorFields | undefined {
    return this.#error
  }

  addRow(cells: (Buffer | null)[]): void {
    this.#cells.push(cells)
  }

  completeStatement(affected: number): void {
    this.#rows.push(new Rows(this.current?.fields ?? [], this.#cells, affected))
    this.#cells = []
  }

  fail(error: DatabaseErrorFields): void {
    this.#error ??= error
  }

  /** Forgets all answers, to be sent again. */
  restart(): void {
    this.attempts++
    this.prepared = []
    this.#rows = []
    this.#cells = []
    this.#error = undefined
  }

  /** Tells the caller how it ended. */
  settle(): void {
    const { hasScope } = this.input
    if (this.#error === undefined) {
      this.#resolve(hasScope ? this.#rows.slice(1) : this.#rows)
      return
    }
    const index = this.#rows.length - (hasScope ? 1 : 0)
    this.#reject(new DatabaseError(this.#error, index < 0 ? undefined : index))
  }

  /** Ends it without an answer from the server. */
  reject(reason: Error): void {
    this.#reject(reason)
  }
}

/** One unit of work on a session: the statements under one Sync, and what has come back of them so far. */
import { assert } from '../../kernel/failure.ts'
import { DatabaseError, type DatabaseErrorFields } from '../database-error.ts'
import { Rows, type Field } from '../rows.ts'
import type { Statement } from '../sql.ts'

/** A statement that PostgreSQL keeps parsed, or is about to. */
export interface Prepared {
  readonly name: string
  /** What its session keeps it under. */
  readonly key: string
  /** It may begin a COPY FROM STDIN, for which the server would wait. */
  readonly mayCopyIn: boolean
  /** The columns of its answer; undefined until PostgreSQL has parsed and described it. */
  fields: readonly Field[] | undefined
}

export interface JobInput {
  /** In order; the first ones may be ours: `ownCount` of them open a transaction or set a scope. */
  readonly statements: readonly Statement[]
  readonly ownCount: number
  /** The role that the scope switches to; empty for that of the log-in. */
  readonly role: string
  readonly isOnce: boolean
  /** How long it will take, from what its statement took before; infinite when that is unknown. */
  readonly expectedMs: number
  /** False inside an open transaction, which cannot be repeated from its middle. */
  readonly isRepeatable: boolean
}

/** The protocol counts them in 16 bits. */
const parametersMax = 65_535

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
    for (const { text, values } of input.statements) {
      assert(!text.includes('\0'), 'no statement holds a zero byte')
      assert(values.length <= parametersMax, `no statement has more than ${parametersMax} parameters`)
    }
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

  /** All its statements have been answered. */
  get isAnswered(): boolean {
    return this.#rows.length === this.input.statements.length
  }

  addRow(cells: (Buffer | null)[]): void {
    this.#cells.push(cells)
  }

  completeStatement(affected: number): void {
    const fields = this.current?.fields
    // Somebody has stopped the neighbour that parsed it just before it was described.
    if (fields === undefined)
      this.fail({ message: 'the columns of the answer are not known', sqlstate: 'XX000' })
    this.#rows.push(new Rows(fields ?? [], this.#cells, affected))
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
    const { ownCount } = this.input
    if (this.#error === undefined) {
      this.#resolve(ownCount === 0 ? this.#rows : this.#rows.slice(ownCount))
      return
    }
    const index = this.#rows.length - ownCount
    this.#reject(new DatabaseError(this.#error, index < 0 ? undefined : index))
  }

  /** Ends it without an answer from the server. */
  reject(reason: Error): void {
    this.#reject(reason)
  }
}

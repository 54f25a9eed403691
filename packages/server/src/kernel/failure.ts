/** How Plinth refuses: a row of the failure table with the details of this case. Anything else that is thrown is a bug in us. */
import { failures, type FailureCode, type FailureDetail, type FailureRow } from '@plinth/protocol'

/** A refusal that we expect and explain. The table in `@plinth/protocol` has its status, wire code and words. */
export class Failure<C extends FailureCode = FailureCode> extends Error {
  override readonly name = 'Failure'
  readonly code: C
  readonly detail: FailureDetail<C>

  constructor(code: C, detail: FailureDetail<C>, options?: ErrorOptions) {
    super(rowOf(code).text(detail), options)
    this.code = code
    this.detail = detail
  }

  get status(): number {
    const row = rowOf(this.code)
    return row.statusOf?.(this.detail) ?? row.status
  }

  /** The code that compatible clients know this refusal by. */
  get wireCode(): string {
    const row = rowOf(this.code)
    return row.wireOf?.(this.detail) ?? row.wire ?? this.code
  }

  get details(): string | null {
    return rowOf(this.code).details?.(this.detail) ?? null
  }

  get hint(): string | null {
    return rowOf(this.code).hint?.(this.detail) ?? null
  }
}

/** Detail types differ by row; the constructor has tied `detail` to the row of `code`. */
function rowOf(code: FailureCode): FailureRow<unknown> {
  return failures[code]
}

/** Crashes on what only our own mistake can bring about. Use `Failure` for what a caller can cause. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`)
}

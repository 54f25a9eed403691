/** The `Content-Range` header, and what it means for the status. */
import { Failure } from '../../../kernel/failure.ts'

export interface Extent {
  readonly offset: number
  readonly rows: number
  readonly total: number | undefined
}

// `0-9/100`; a star where the rows or the total are not known: `0-9/*`, `*/0`.
export function contentRange({ offset, rows, total }: Extent): string {
  const all = total === undefined ? '*' : String(total)
  return rows > 0 && total !== 0 ? `${offset}-${offset + rows - 1}/${all}` : `*/${all}`
}

/** 206 for a part; refuses with `range_invalid` what begins behind the end. Without a count all is well. */
export function rangeStatus({ offset, rows, total }: Extent): 200 | 206 {
  if (total === undefined) return 200
  if (offset > total) {
    throw new Failure('range_invalid', {
      reason: `An offset of ${offset} was requested, but there are only ${total} rows.`,
      total,
    })
  }
  return rows < total ? 206 : 200
}

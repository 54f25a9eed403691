/** Which rows are wanted: `limit` and `offset`, the `Range` header, and the server's own bound together. */
import { Failure } from '../../../kernel/failure.ts'

export interface Range {
  readonly offset: number
  /** undefined: to the end. */
  readonly limit: number | undefined
}

const rangeHeader = /^(\d{1,15})-(\d{0,15})$/
const wholeNumber = /^\s*[+-]?\d+\s*$/

/** A count as it stands in a URL; undefined for what is no whole number. Larger ones than a table can have are cut. */
export function parseCount(text: string): number | undefined {
  if (!wholeNumber.test(text)) return undefined
  const count = Number(text)
  return Math.max(Math.min(count, Number.MAX_SAFE_INTEGER), Number.MIN_SAFE_INTEGER)
}

export interface RangeWish {
  readonly limit: number | undefined
  readonly offset: number | undefined
  /** The `Range` header, of a GET only. */
  readonly header: string | null
}

/** What all of them have in common; refuses with `range_invalid` when that is nothing. */
export function combineRanges(wish: RangeWish): Range {
  if (wish.limit !== undefined && wish.limit < 0) {
    throw new Failure('range_invalid', { reason: 'Limit should be greater than or equal to zero.' })
  }
  const offset = Math.max(wish.offset ?? 0, 0)
  if (wish.limit === 0) return { offset: 0, limit: 0 }
  const asked = { first: offset, last: wish.limit === undefined ? Infinity : offset + wish.limit - 1 }
  const header = parseRangeHeader(wish.header)
  const first = Math.max(asked.first, header.first)
  const last = Math.min(asked.last, header.last)
  if (header.first > header.last || first > last) {
    throw new Failure('range_invalid', {
      reason: 'The lower boundary must be lower than or equal to the upper boundary in the Range header.',
    })
  }
  return { offset: first, limit: last === Infinity ? undefined : last - first + 1 }
}

/** A header that we cannot read is as if it were absent (RFC 9110, 14.2). */
function parseRangeHeader(header: string | null): { first: number; last: number } {
  const found = header === null ? null : rangeHeader.exec(header)
  if (found === null) return { first: -Infinity, last: Infinity }
  const [, first = '', last = ''] = found
  return { first: Number(first), last: last === '' ? Infinity : Number(last) }
}

/** The range that is really read: the bound counts from the offset. */
export function boundRange(range: Range, rowsMax: number | undefined): Range {
  if (rowsMax === undefined) return range
  return { offset: range.offset, limit: Math.min(range.limit ?? rowsMax, rowsMax) }
}

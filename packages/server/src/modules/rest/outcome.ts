/** What a statement has answered, column by column. */
import type { Rows } from '../../db/index.ts'
import { pageColumns, writtenColumns } from './sql/page.ts'

export interface Outcome {
  /** As PostgreSQL wrote it. */
  readonly body: Buffer | null
  readonly rows: number
  /** All rows that the request is about, where they were counted. */
  readonly total: number | undefined
  /** What functions have said about the answer: JSON, and a number. */
  readonly headers: string | null
  readonly status: string | null
  /** How many rows an upsert has inserted, in contrast to merged. */
  readonly inserted: number | undefined
  /** A JSON array: the values of the primary key. */
  readonly location: string | null
}

/** The lines of `explain`. */
export function readExplained(rows: Rows): Outcome {
  const lines = rows.cells.map((_, index) => `${rows.text(index, 0) ?? ''}\n`)
  return { ...noOutcome, body: Buffer.from(lines.join('')) }
}

const noOutcome: Outcome = {
  body: null,
  rows: 0,
  total: undefined,
  headers: null,
  status: null,
  inserted: undefined,
  location: null,
}

const writtenCount = Object.keys(writtenColumns).length

export function readOutcome(rows: Rows): Outcome {
  const isWrite = rows.cells[0]?.length === writtenCount
  const columns = isWrite ? writtenColumns : pageColumns
  return {
    body: rows.cells[0]?.[columns.body] ?? null,
    rows: numberAt(rows, columns.rows) ?? 0,
    total: numberAt(rows, columns.total),
    headers: rows.text(0, columns.headers),
    status: rows.text(0, columns.status),
    inserted: isWrite ? numberAt(rows, writtenColumns.inserted) : undefined,
    location: isWrite ? rows.text(0, writtenColumns.location) : null,
  }
}

function numberAt(rows: Rows, column: number): number | undefined {
  const text = rows.text(0, column)
  return text === null ? undefined : Number(text)
}

/** The rows that PostgreSQL's planner expects, from `explain (format json)`. */
export function readEstimate(rows: Rows): number {
  const found = /"Plan Rows": (\d+)/.exec(rows.text(0, 0) ?? '')
  return Number(found?.[1] ?? 0)
}

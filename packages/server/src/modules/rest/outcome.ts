/** What a statement has answered, column by column. */
import type { Rows } from '../../db/index.ts'
import { pageColumns } from './sql/page.ts'

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

export function readOutcome(rows: Rows): Outcome {
  return {
    body: rows.cells[0]?.[pageColumns.body] ?? null,
    rows: numberAt(rows, pageColumns.rows) ?? 0,
    total: numberAt(rows, pageColumns.total),
    headers: rows.text(0, pageColumns.headers),
    status: rows.text(0, pageColumns.status),
    inserted: numberAt(rows, pageColumns.inserted),
    location: rows.text(0, pageColumns.location),
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

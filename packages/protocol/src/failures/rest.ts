/** Refusals of the REST surface. Codes, statuses and texts are those that PostgREST's clients know. */
import type { FailureRow } from './row.ts'

export const restFailures = {
  query_invalid: {
    status: 400,
    wire: 'PGRST100',
    text: (d: { message: string; details?: string }) => d.message,
    details: (d: { message: string; details?: string }) => d.details ?? null,
  },
} as const satisfies Record<string, FailureRow>

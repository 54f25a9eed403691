/** Refusals of the auth surface. Codes, statuses and texts are those that GoTrue's clients know. */
import type { FailureRow } from './row.ts'

export const authFailures = {
  invalid_credentials: { status: 400, text: () => `Invalid login credentials` },
} as const satisfies Record<string, FailureRow>

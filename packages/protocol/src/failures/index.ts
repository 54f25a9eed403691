/** Every way in which Plinth refuses, in one table. Adding a row is the only way to add an error. */
import { authFailures } from './auth.ts'
import { bootFailures } from './boot.ts'
import { httpFailures } from './http.ts'
import { restFailures } from './rest.ts'
import { tokenFailures } from './token.ts'

export const failures = {
  ...bootFailures,
  ...httpFailures,
  ...tokenFailures,
  ...restFailures,
  ...authFailures,
}

export type { FailureRow } from './row.ts'
export type FailureCode = keyof typeof failures
/** What a refusal must be told about its case; `{}` where its words need nothing. */
export type FailureDetail<C extends FailureCode> =
  Parameters<(typeof failures)[C]['text']> extends [infer Detail] ? Detail : Record<string, never>

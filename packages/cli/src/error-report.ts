/** Words for what went wrong: a sentence and what to do for what we expect, the whole story for what is our own mistake. */
import { CommandError } from './command-error.ts'
import { exitOfFailure, type ExitName } from './exit-codes.ts'
import type { Paint } from './terminal.ts'

interface ErrorReport {
  readonly text: string
  readonly exit: ExitName
}

export function describeError(error: unknown, paint: Paint): ErrorReport {
  if (error instanceof CommandError) return refusal(error.message, error.advice, { exit: error.exit, paint })
  const failure = failureIn(error)
  if (failure !== undefined) {
    return refusal(failure.message, failure.hint ?? undefined, { exit: exitOfFailure(failure.code), paint })
  }
  return { text: `${paint('red', 'error:')} ${story(error)}\n\n${reportPlea}\n`, exit: 'failed' }
}

const reportPlea = 'This is a mistake in Plinth, not in what you did. Please report it with the lines above.'

function refusal(
  message: string,
  advice: string | undefined,
  { exit, paint }: { exit: ExitName; paint: Paint },
): ErrorReport {
  const lines = [`${paint('red', 'error:')} ${message}`, ...(advice === undefined ? [] : [advice])]
  return { text: `${lines.join('\n')}\n`, exit }
}

interface FailureLike extends Error {
  readonly code: string
  readonly hint?: string | null
}

/** The server's refusal in an error, or in the first of several. By name: its class loads with the whole server. */
function failureIn(error: unknown): FailureLike | undefined {
  if (error instanceof AggregateError) return failureIn(error.errors[0])
  return isFailure(error) ? error : undefined
}

function isFailure(error: unknown): error is FailureLike {
  return error instanceof Error && error.name === 'Failure' && 'code' in error
}

/** Stack of the error and of what lies behind it. */
function story(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const own = error.stack ?? error.message
  const inner =
    error instanceof AggregateError ? error.errors : error.cause === undefined ? [] : [error.cause]
  return [own, ...inner.map((cause: unknown) => `caused by: ${story(cause)}`)].join('\n')
}

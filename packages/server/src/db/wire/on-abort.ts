/** Watches for the caller's going away. */
import { Failure } from '../../kernel/failure.ts'

/** Calls `act` when the caller goes away; answers how to stop watching. Refuses when he has gone already. */
export function onAbort(signal: AbortSignal | undefined, act: () => void): (() => void) | undefined {
  if (signal === undefined) return undefined
  if (signal.aborted) throw new Failure('client_closed_request', {})
  signal.addEventListener('abort', act, { once: true })
  return () => signal.removeEventListener('abort', act)
}

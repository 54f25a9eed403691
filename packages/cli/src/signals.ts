/** Signals that end the server: the first asks it to stop, a second one ends the process at once. */
import { exitCodes } from './exit-codes.ts'

/** Ctrl+C under npm arrives twice at once: from the terminal, and passed on by npm. That is one wish. */
const echoMs = 500

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export interface StopSignals {
  /** Calls `handler` with the first signal's name; at once when it has come already. */
  onFirst(handler: (signal: string) => void): void
  /** Leaves signals to Node again. */
  release(): void
}

export function catchStopSignals(): StopSignals {
  let first: string | undefined
  let firstAt = 0
  let handler: ((signal: string) => void) | undefined

  function receive(signal: string): void {
    if (first !== undefined) {
      if (performance.now() - firstAt > echoMs) process.exit(exitCodes.interrupted)
      return
    }
    first = signal
    firstAt = performance.now()
    handler?.(signal)
  }

  for (const signal of stopSignals) process.on(signal, receive)
  return {
    onFirst(wanted) {
      handler = wanted
      if (first !== undefined) wanted(first)
    },
    release() {
      for (const signal of stopSignals) process.off(signal, receive)
    },
  }
}

/** Starts PostgreSQL again when it ends unasked; gives up when that does not help. */
import { setTimeout as delay } from 'node:timers/promises'
import { Failure } from '../../kernel/failure.ts'
import type { Observe } from '../../kernel/observe.ts'
import { endBackends } from './orphan.ts'
import type { ServerRun } from './server.ts'

export interface Supervised {
  pid(): number | undefined
  whenUp(): Promise<void>
  readonly lost: Promise<Failure>
  stop(): Promise<void>
}

export interface SupervisorWish {
  /** The run that is up now. */
  readonly first: ServerRun
  readonly start: () => ServerRun
  /** The folder of the database files. */
  readonly data: string
  readonly observe: Observe
}

const restartsMax = 8
const restartMsMin = 50
const restartMsMax = 5_000
/** A run that lasted this long is not part of a series of crashes. */
const steadyMs = 30_000

interface Waiter {
  resolve(): void
  reject(failure: Failure): void
}

/** Watches `first`, and every run after it, until `stop`. */
export function keepRunning(wish: SupervisorWish): Supervised {
  const stopping = new AbortController()
  let run = wish.first
  let isUp = true
  let ended: Failure | undefined
  let waiters: Waiter[] = []

  function settle(tell: (waiter: Waiter) => void): void {
    const told = waiters
    waiters = []
    for (const waiter of told) tell(waiter)
  }

  function end(failure: Failure): Failure {
    isUp = false
    ended = failure
    settle((waiter) => waiter.reject(failure))
    return failure
  }

  /** Runs until it is stopped; throws when PostgreSQL cannot be brought back. */
  async function watch(): Promise<void> {
    let reason: unknown
    for (let restarts = 0; ; restarts++) {
      const startedAt = performance.now()
      const exit = await run.exited
      isUp = false
      if (stopping.signal.aborted) return
      if (performance.now() - startedAt > steadyMs) restarts = 0
      if (restarts >= restartsMax) throw givenUp(reason)
      const restartMs = Math.min(restartMsMax, restartMsMin * 2 ** restarts)
      wish.observe('postgres_exited', { ...exit, restartMs })
      await delay(restartMs, undefined, { signal: stopping.signal }).catch(() => undefined)
      await endBackends(wish.data)
      if (stopping.signal.aborted) return
      run = wish.start()
      reason = await comeUp(run)
      if (reason !== undefined) continue
      isUp = true
      settle((waiter) => waiter.resolve())
    }
  }

  const watching = watch()
  const lost = new Promise<Failure>((resolve) => {
    watching.catch((cause: unknown) => resolve(end(cause instanceof Failure ? cause : givenUp(cause))))
  })

  return {
    pid: () => run.pid(),
    whenUp: () =>
      new Promise((resolve, reject) => {
        // The process may be gone already, and its last words not read yet.
        if (isUp && run.pid() !== undefined) resolve()
        else if (ended !== undefined) reject(ended)
        else waiters.push({ resolve, reject })
      }),
    lost,
    async stop() {
      stopping.abort()
      await run.stop()
      await watching.catch(() => undefined)
      end(ended ?? new Failure('postgres_unavailable', { reason: 'it was stopped' }))
    },
  }
}

/** Why the run did not come up; undefined when it did. */
async function comeUp(run: ServerRun): Promise<unknown> {
  try {
    await run.ready()
    return undefined
  } catch (cause) {
    // It may still be trying; the next one needs the folder for itself.
    await run.stop()
    return cause
  }
}

function givenUp(cause: unknown): Failure {
  const why = cause instanceof Error ? cause.message : 'it keeps ending'
  const reason = `it ended and could not be started again: ${why}`
  return new Failure('postgres_unavailable', { reason }, { cause })
}

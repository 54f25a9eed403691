/** Starts PostgreSQL again when it ends unasked; gives up when that does not help. */
import { setTimeout as delay } from 'node:timers/promises'
import { Failure } from '../../kernel/failure.ts'
import type { Observe } from '../../kernel/observe.ts'
import { endBackends } from './orphan.ts'
import type { Exit, ServerRun } from './server.ts'

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

const failuresMax = 8
const restartMsMin = 50
const restartMsMax = 5_000
/** A run that ends sooner makes the pause before the next one longer. */
const steadyMs = 1_000

/** Watches `first`, and every run after it, until `stop`. */
export function keepRunning(wish: SupervisorWish): Supervised {
  const stopping = new AbortController()
  const gate = createGate()
  let run = wish.first

  /** Pauses before run number `restarts` in a series of short ones. */
  async function pause(exit: Exit, restarts: number): Promise<void> {
    const restartMs = Math.min(restartMsMax, restartMsMin * 2 ** restarts)
    wish.observe('postgres_exited', { ...exit, restartMs })
    await delay(restartMs, undefined, { signal: stopping.signal }).catch(() => undefined)
    await endBackends(wish.data)
  }

  /** Runs until it is stopped; throws when PostgreSQL cannot be brought back. */
  async function watch(): Promise<void> {
    let failures = 0
    for (let restarts = 0; ; restarts++) {
      const startedAt = performance.now()
      const exit = await run.exited
      gate.shut()
      if (performance.now() - startedAt > steadyMs) restarts = 0
      if (!stopping.signal.aborted) await pause(exit, restarts)
      if (stopping.signal.aborted) return
      run = wish.start()
      const reason = await comeUp(run)
      failures = reason === undefined ? 0 : failures + 1
      if (failures >= failuresMax) throw givenUp(reason)
      if (reason === undefined) gate.open()
    }
  }

  const watching = watch()
  const lost = new Promise<Failure>((resolve) => {
    watching.catch((cause: unknown) => {
      const failure = cause instanceof Failure ? cause : givenUp(cause)
      gate.close(failure)
      resolve(failure)
    })
  })

  return {
    pid: () => run.pid(),
    whenUp: () => {
      // The process may be gone already, and its last words not read yet.
      if (run.pid() === undefined) gate.shut()
      return gate.pass()
    },
    lost,
    async stop() {
      stopping.abort()
      await run.stop()
      await watching.catch(() => undefined)
      gate.close(new Failure('postgres_unavailable', { reason: 'it was stopped' }))
    },
  }
}

interface Gate {
  open(): void
  shut(): void
  /** Shuts it for good; the first reason stays. */
  close(reason: Failure): void
  /** Resolves while it is open, or when it opens again. */
  pass(): Promise<void>
}

/** Where callers wait for PostgreSQL. It is open at first. */
function createGate(): Gate {
  let state: 'open' | 'shut' | Failure = 'open'
  let waiters: { resolve: () => void; reject: (reason: Failure) => void }[] = []

  async function pass(): Promise<void> {
    if (state === 'open') return
    if (state !== 'shut') throw state
    await new Promise<void>((resolve, reject) => {
      waiters.push({ resolve, reject })
    })
  }

  function move(next: typeof state): void {
    if (state instanceof Failure) return
    state = next
    if (next === 'shut') return
    for (const { resolve, reject } of waiters) {
      if (next === 'open') resolve()
      else reject(next)
    }
    waiters = []
  }

  return { open: () => move('open'), shut: () => move('shut'), close: move, pass }
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
  const why = cause instanceof Error ? cause.message : String(cause)
  const reason = `it ended and could not be started again: ${why}`
  return new Failure('postgres_unavailable', { reason }, { cause })
}

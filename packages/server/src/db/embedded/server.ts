/** One run of the PostgreSQL server: a child process, from its start to its end. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { Failure } from '../../kernel/failure.ts'
import type { Observe } from '../../kernel/observe.ts'
import { readPostmasterFile } from './postmaster-file.ts'
import { cannotStart, dataArgument, startProgram, type Runtime } from './program.ts'

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface ServerRun {
  /** Undefined when the process is gone, or was never started. */
  pid(): number | undefined
  /** Resolves when it takes connections; rejects with `postgres_unavailable` or `port_taken` when it ends before. */
  ready(): Promise<void>
  /** Resolves when the process is gone. Never rejects. */
  readonly exited: Promise<Exit>
  /** Ends it in order, or by force when it takes too long; resolves when it is gone. */
  stop(): Promise<void>
}

export interface ServerWish {
  readonly runtime: Runtime
  /** The folder of the database files. */
  readonly data: string
  readonly port: number
  readonly observe: Observe
}

const address = '127.0.0.1'
const pollMs = 10
// After a crash it first replays up to 1 GB of log.
const readyMsMax = 300_000
const logLinesKept = 20
const fastStopMsMax = 20_000
const forcedStopMsMax = 5_000

/** Starts the server. It takes connections on loopback only, and not on a socket in the file system. */
export function runServer(wish: ServerWish): ServerRun {
  const child = startProgram(wish.runtime, { program: 'postgres', args: argumentsOf(wish), data: wish.data })
  child.stdin.end()
  child.stdout.resume()
  // Also says when a signal could not be sent; without a listener that would end this process.
  child.on('error', () => undefined)
  const log = keepLog(child.stderr, wish.observe)
  // When this process ends without having stopped it, and cannot wait any more.
  const abandon = (): void => void child.kill('SIGINT')
  process.once('exit', abandon)
  let startFailure: Failure | undefined
  let isGone = false
  const exited = endOf(child).then(async (exit) => {
    isGone = true
    process.off('exit', abandon)
    if (exit instanceof Error) startFailure = cannotStart('postgres', wish.runtime, exit)
    // Its last words may still be on their way. Its orphans hold the pipe open too, and would keep us running.
    await Promise.race([log.closed, delay(200)])
    child.stderr.destroy()
    return { code: child.exitCode, signal: child.signalCode }
  })

  async function ready(): Promise<void> {
    const deadline = performance.now() + readyMsMax
    while (performance.now() < deadline) {
      if (isGone) {
        await exited
        throw startFailure ?? explainExit(log.lines, wish.port)
      }
      const file = await readPostmasterFile(wish.data)
      if (file?.pid === child.pid && file?.isReady === true) return
      await delay(pollMs)
    }
    throw new Failure('postgres_unavailable', { reason: `it was not ready after ${readyMsMax / 1000} s` })
  }

  async function stop(): Promise<void> {
    child.kill('SIGINT')
    if (await within(fastStopMsMax, exited)) return
    child.kill('SIGQUIT')
    if (await within(forcedStopMsMax, exited)) return
    child.kill('SIGKILL')
    await exited
  }

  return { pid: () => (isGone ? undefined : child.pid), ready, exited, stop }
}

function argumentsOf(wish: ServerWish): string[] {
  // How `isPostgresOf` knows it again.
  const folder = ['-D', dataArgument(wish.runtime, wish.data)]
  const settings = {
    port: String(wish.port),
    listen_addresses: address,
    unix_socket_directories: '',
    // To the pipe, whatever postgresql.conf says. When we are killed it loses its reader; PostgreSQL ignores that.
    logging_collector: 'off',
    log_destination: 'stderr',
  }
  return [...folder, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

/** Tells each line of the log, and keeps the last ones to explain an end. */
function keepLog(input: Readable, observe: Observe): { lines: readonly string[]; closed: Promise<unknown> } {
  const lines: string[] = []
  const reader = createInterface({ input })
  reader.on('line', (line) => {
    lines.push(line)
    if (lines.length > logLinesKept) lines.shift()
    observe('postgres_log', { line })
  })
  return { lines, closed: once(reader, 'close') }
}

/** Resolves when the process has ended, with the error when it never started. */
async function endOf(child: ChildProcess): Promise<Error | undefined> {
  try {
    await once(child, 'exit')
    return undefined
  } catch (cause) {
    return cause instanceof Error ? cause : new Error(String(cause))
  }
}

async function within(timeMs: number, event: Promise<unknown>): Promise<boolean> {
  const abort = new AbortController()
  const late = delay(timeMs, false, { signal: abort.signal }).catch(() => false)
  const inTime = await Promise.race([event.then(() => true), late])
  abort.abort()
  return inTime
}

/** Why a server ended that never became ready, from the last lines of its log. */
export function explainExit(lines: readonly string[], port: number): Failure {
  if (lines.some((line) => line.includes('could not bind') && line.includes('Address already in use'))) {
    return new Failure('port_taken', { port, address, setting: '--db-port' })
  }
  const telling = lines.filter((line) => /\b(?:ERROR|FATAL|PANIC):/.test(line))
  const shown = telling.length > 0 ? telling : lines.slice(-5)
  return new Failure('postgres_unavailable', { reason: shown.join('\n') || 'it ended without a word' })
}

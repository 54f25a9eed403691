/** The PostgreSQL that Plinth brings along: prepared, started, and kept running until it is stopped. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Failure } from '../../kernel/failure.ts'
import type { Observe } from '../../kernel/observe.ts'
import { chooseAccount } from './account.ts'
import { binariesFor, findInstalled } from './binaries.ts'
import { prepareCluster, refuseOtherOwner } from './cluster.ts'
import { freePort } from './free-port.ts'
import { stopOrphan } from './orphan.ts'
import { dataIn } from './postmaster-file.ts'
import type { Runtime } from './program.ts'
import { runServer, type ServerRun } from './server.ts'
import { keepRunning } from './supervisor.ts'

export interface EmbeddedOptions {
  /** The data folder; the caller holds its lock. */
  readonly folder: string
  /** Port of loopback to listen on; 0 chooses a free one. */
  readonly port: number
  /** Of the superuser `postgres`. May differ from the last run's: it is changed then. */
  readonly password: string
  /** Run by root: the user to run PostgreSQL as. By default whoever owns the files, else `postgres`, else `nobody`. */
  readonly runAs?: string | undefined
  readonly observe: Observe
}

export interface EmbeddedPostgres {
  readonly port: number
  /** Of the server process; undefined while there is none. */
  pid(): number | undefined
  /** Resolves when it takes connections: at once, or after a restart. Rejects when it was given up or stopped. */
  whenUp(): Promise<void>
  /** Resolves, with the reason, when PostgreSQL ended and could not be started again. Stays open otherwise. */
  readonly lost: Promise<Failure>
  /** Ends the server process and resolves when it is gone. May be called again. */
  stop(): Promise<void>
}

const portSetting = '--db-port'
const attemptsMax = 20
const attemptDelayMs = 250

/**
 * Makes the database where there is none, ends what a killed run left behind, and starts the server. Resolves when it
 * takes connections; refuses with `port_taken`, `data_folder_unusable` or `postgres_unavailable`.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { folder, observe } = options
  const startedAt = performance.now()
  const data = dataIn(folder)
  const runtime = await findRuntime(options)
  await refuseOtherOwner(runtime, folder)
  const orphan = await stopOrphan(folder)
  if (orphan !== undefined) observe('postgres_recovered', { pid: orphan })
  const port = await freePort(options.port, portSetting)
  await prepareCluster({ runtime, folder, password: options.password, observe })
  const start = (): ServerRun => runServer({ runtime, data, port, observe })
  const first = await startFirst(start)
  observe('postgres_started', { port, durationMs: Math.round(performance.now() - startedAt) })
  return { port, ...keepRunning({ first, start, data, observe }) }
}

async function findRuntime({ folder, runAs }: EmbeddedOptions): Promise<Runtime> {
  const account = await chooseAccount({ runAs, data: dataIn(folder) })
  return { account, native: await binariesFor(account, await findInstalled()) }
}

async function startFirst(start: () => ServerRun): Promise<ServerRun> {
  for (let attempt = 1; ; attempt++) {
    const run = start()
    try {
      await run.ready()
      return run
    } catch (cause) {
      await run.stop()
      if (attempt >= attemptsMax || !isStillInUse(cause)) throw cause
    }
    await delay(attemptDelayMs)
  }
}

/** Backends of a killed server that are still ending. Where the system lets us find them, they are ended already. */
function isStillInUse(cause: unknown): boolean {
  return cause instanceof Error && cause.message.includes('pre-existing shared memory block')
}

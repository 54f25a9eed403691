/** Puts a server together from settings: log, data folder, modules, listener; and takes it apart again. */
import { dbToken, type Db } from '../db/index.ts'
import { clientAddressBehind } from '../http/client-address.ts'
import { HttpListener } from '../http/listener.ts'
import { Metrics } from '../http/metrics.ts'
import { operationsSurface } from '../http/operations.ts'
import { createRouter } from '../http/router.ts'
import { httpSettings, type HttpSettings } from '../http/settings.ts'
import { boot, type App } from '../kernel/boot.ts'
import { openDataFolder, type OpenDataFolder } from '../kernel/data-folder.ts'
import { assert } from '../kernel/failure.ts'
import { openLog } from '../kernel/log.ts'
import type { Token } from '../kernel/module.ts'
import { observeWith, type Observe, type Observer } from '../kernel/observe.ts'
import { readSettings } from '../kernel/settings.ts'
import { isLoopback } from '../kernel/shared-settings.ts'
import { keysToken } from '../modules/keys/index.ts'
import { gatherSettings, type GivenSettings } from './gather-settings.ts'
import { chooseModules } from './modules.ts'
import { appSettings, dataFolderPath } from './settings.ts'
import { removeStatus, writeStatus, type Status } from './status.ts'
import { version } from './version.ts'

export interface StartOptions extends GivenSettings {
  /** Told of everything, before the log. */
  readonly observers?: readonly Observer[]
  /** Coloured log lines for people instead of JSON. */
  readonly isTerminal?: boolean
}

/** Why a server ended. */
export type ExitReason = 'stopped' | 'postgres_lost' | 'stop_deadline'

export interface RunningServer {
  readonly status: Status
  readonly pageUrl: string
  /** Answers what is under way, then stops everything. Calls after the first change nothing. */
  stop(reason: string): Promise<void>
  /** Settles when the server has ended, for whatever reason. */
  readonly stopped: Promise<ExitReason>
}

/** Past this a stop is given up and the process may exit. */
const stopMsMax = 30_000

/** Rejects with a `Failure` that says what is wrong; everything that was started is stopped again then. */
export async function start(options: StartOptions): Promise<RunningServer> {
  const startedAt = performance.now()
  const { sources, config } = await gatherSettings(options)
  const settings = readSettings(appSettings, sources)
  const log = await openLog({ level: settings.logLevel, isPretty: options.isTerminal ?? false })
  const metrics = new Metrics()
  const observe = observeWith([...(options.observers ?? []), metrics.observer, log.observer])
  config.report(observe)
  const dataFolder = await openDataFolder(dataFolderPath(options))
  const server = new Server({ observe, dataFolder, metrics, http: readSettings(httpSettings, sources) })
  try {
    await server.start(await boot(chooseModules(settings.only), { sources, observe, dataFolder }))
  } catch (error) {
    await dataFolder.release()
    throw error
  }
  const durationMs = Math.round(performance.now() - startedAt)
  observe('server_ready', { url: server.status.api_url, durationMs })
  return server
}

interface ServerParts {
  readonly observe: Observe
  readonly dataFolder: OpenDataFolder
  readonly metrics: Metrics
  readonly http: HttpSettings
}

class Server implements RunningServer {
  readonly stopped: Promise<ExitReason>
  readonly #parts: ServerParts
  #app: App | undefined
  #listener: HttpListener | undefined
  #status: Status | undefined
  #stopping: Promise<void> | undefined
  #end: (reason: ExitReason) => void = () => undefined

  constructor(parts: ServerParts) {
    this.#parts = parts
    this.stopped = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  get status(): Status {
    assert(this.#status, 'a server has a status once it is started')
    return this.#status
  }

  get pageUrl(): string {
    return `${this.status.api_url}/`
  }

  async start(app: App): Promise<void> {
    this.#app = app
    try {
      this.#listener = this.#listenerFor(app)
      const port = await this.#listener.listen()
      this.#status = statusOf(app, this.#parts.http, port)
      await writeStatus(this.#parts.dataFolder.path, this.#status)
      void dbOf(app)?.lost.then(async () => this.#stopAs('postgres_lost', 'PostgreSQL is lost'))
    } catch (error) {
      await this.#listener?.drain(0)
      await app.close()
      throw error
    }
  }

  async stop(reason: string): Promise<void> {
    return this.#stopAs('stopped', reason)
  }

  async #stopAs(exit: ExitReason, reason: string): Promise<void> {
    this.#stopping ??= this.#takeApart(exit, reason)
    return this.#stopping
  }

  async #takeApart(exit: ExitReason, reason: string): Promise<void> {
    const startedAt = performance.now()
    const { observe, dataFolder, http } = this.#parts
    observe('server_stopping', { reason })
    const deadline = setTimeout(() => this.#end('stop_deadline'), http.drainMs + stopMsMax)
    await this.#step('answer the last requests', async () => this.#listener?.drain(http.drainMs))
    await this.#step('stop the modules', async () => this.#app?.close())
    await this.#step('release the data folder', async () => {
      await removeStatus(dataFolder.path)
      await dataFolder.release()
    })
    clearTimeout(deadline)
    observe('server_stopped', { durationMs: Math.round(performance.now() - startedAt) })
    this.#end(exit)
  }

  async #step(step: string, act: () => Promise<void>): Promise<void> {
    try {
      await act()
    } catch (error) {
      this.#parts.observe('stop_step_failed', { step, reason: reasonOf(error) })
    }
  }

  #listenerFor(app: App): HttpListener {
    const { http, metrics, observe } = this.#parts
    const keys = apiOf(app, keysToken)
    assert(keys, 'every run has the module keys')
    const operations = operationsSurface({
      metrics,
      version,
      isMetricsOpen: http.openMetrics || isLoopback(http.host),
      isReady: () => this.#stopping === undefined && app.isReady(),
      gauges: [
        {
          name: 'plinth_resident_bytes',
          help: 'Memory of the process.',
          read: () => process.memoryUsage.rss(),
        },
        {
          name: 'plinth_requests_under_way',
          help: 'Requests not yet answered.',
          read: () => listener.underWay,
        },
        { name: 'plinth_connections', help: 'Open HTTP connections.', read: () => listener.connections },
        ...(dbOf(app)?.gauges ?? []),
      ],
    })
    const router = createRouter({
      surfaces: [operations, ...app.surfaces],
      identify: (request) => keys.identify(request),
      observe,
      bounds: { bytesMax: http.bodyBytesMax, stallMs: http.bodyStallMs },
      clientAddress: clientAddressBehind(http.trustedProxies),
    })
    const listener = new HttpListener({
      host: http.host,
      port: http.port,
      fetch: (request, env) => router.fetch(request, env),
    })
    return listener
  }
}

function statusOf(app: App, http: HttpSettings, port: number): Status {
  const keys = apiOf(app, keysToken)?.project
  assert(keys, 'every run has the module keys')
  const host = http.host === '0.0.0.0' || http.host === '::' ? '127.0.0.1' : http.host
  return {
    api_url: http.externalUrl ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    db_url: dbOf(app)?.url ?? '',
    studio_url: null,
    anon_key: keys.anonKey,
    service_role_key: keys.serviceRoleKey,
    publishable_key: keys.publishableKey,
    secret_key: keys.secretKey,
    jwt_secret: keys.jwtSecret,
    s3_url: null,
    s3_access_key: null,
    s3_secret_key: null,
    pid: process.pid,
    version,
  }
}

function dbOf(app: App): Db | undefined {
  return apiOf(app, dbToken)
}

function apiOf<Api>(app: App, token: Token<Api>): Api | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- boot stored under this name what the token's module gave
  return app.apis.get(token.name) as Api | undefined
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}

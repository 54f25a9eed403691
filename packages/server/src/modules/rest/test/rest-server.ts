/** The REST surface behind real HTTP, on a PostgreSQL of the test's own. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startThrowawayServer } from '../../../../test/throwaway-server.ts'
import type { SessionPool } from '../../../db/index.ts'
import { dbModule } from '../../../db/module.ts'
import { clientAddressBehind } from '../../../http/client-address.ts'
import { HttpListener } from '../../../http/listener.ts'
import { createRouter } from '../../../http/router.ts'
import { type App, boot } from '../../../kernel/boot.ts'
import { assert } from '../../../kernel/failure.ts'
import type { ObservationKind } from '../../../kernel/observe.ts'
import type { Keys } from '../../keys/index.ts'
import { keysModule } from '../../keys/module.ts'
import type { Rest } from '../index.ts'
import { restModule } from '../module.ts'
import { schema } from './schema.ts'

/** An answer, read whole. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every shape
  readonly body: any
}

export interface Asking {
  readonly method?: string
  /** Sent as JSON, or as it is if it is text or bytes. */
  readonly body?: unknown
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface RestServer {
  readonly url: string
  readonly keys: Keys
  readonly rest: Rest
  /** As the superuser. */
  readonly pool: SessionPool
  /** What was observed, by kind. */
  readonly observed: ObservationKind[]
  ask(path: string, asking?: Asking): Promise<Answer>
  stop(): Promise<void>
}

export async function startRestServer(env: Readonly<Record<string, string>> = {}): Promise<RestServer> {
  const postgres = await startThrowawayServer(18)
  const folder = mkdtempSync(join(tmpdir(), 'plinth-rest-'))
  mkdirSync(join(folder, 'supabase', 'migrations'), { recursive: true })
  writeFileSync(join(folder, 'supabase', 'migrations', '20260101000000_schema.sql'), schema)
  const { host, port, user, database } = postgres.target()
  const observed: ObservationKind[] = []
  const observe = (kind: ObservationKind): void => {
    observed.push(kind)
  }
  const app = await boot([dbModule, keysModule, restModule], {
    sources: {
      env: {
        DATABASE_URL: `postgresql://${user}@${host}:${port}/${database}`,
        PLINTH_PROJECT: folder,
        ...env,
      },
      flags: {},
      toml: {},
    },
    observe,
    dataFolder: { path: folder, secret: async (_name, create) => create() },
  })
  const keys = apiOf<Keys>(app, 'keys')
  const { url, close } = await listenFor(app, observe)
  return {
    url,
    keys,
    rest: apiOf<Rest>(app, 'rest'),
    pool: postgres.pool(),
    observed,
    ask: async (path, asking) => ask(`${url}/rest/v1${path}`, keys.project.anonKey, asking),
    stop: async () => {
      await close()
      await postgres.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Puts the surfaces of `app` behind HTTP; `close` stops both. */
export async function listenFor(
  app: App,
  observe: (kind: ObservationKind) => void,
): Promise<{ url: string; close: () => Promise<void> }> {
  const keys = apiOf<Keys>(app, 'keys')
  const router = createRouter({
    surfaces: app.surfaces,
    identify: (request) => keys.identify(request),
    observe,
    bounds: { bytesMax: 10_000_000, stallMs: 5000 },
    clientAddress: clientAddressBehind([]),
  })
  const listener = new HttpListener({ host: '127.0.0.1', port: 0, fetch: router.fetch })
  const url = `http://127.0.0.1:${await listener.listen()}`
  const close = async (): Promise<void> => {
    await listener.drain(1000)
    await app.close()
  }
  return { url, close }
}

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names the api at the place of use
export function apiOf<Api>(app: App, name: string): Api {
  const api = app.apis.get(name)
  assert(api !== undefined, `the module ${name} has started`)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- by its token's name
  return api as Api
}

async function ask(url: string, anonKey: string, asking: Asking = {}): Promise<Answer> {
  const { method = asking.body === undefined ? 'GET' : 'POST', body, token = anonKey } = asking
  const isPlain = typeof body === 'string' || body instanceof Uint8Array
  const response = await fetch(url, {
    method,
    headers: {
      apikey: anonKey,
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      ...asking.headers,
    },
    ...(body === undefined ? {} : { body: isPlain ? Buffer.from(body) : JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = /^application\/(?:json|vnd\.pgrst)/.test(response.headers.get('content-type') ?? '')
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson && text !== '' ? JSON.parse(text) : undefined,
  }
}

/** Accounts behind real HTTP on a PostgreSQL of the test's own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type ThrowawayServer,
  startThrowawayServer,
  type Version,
} from '../../../../test/throwaway-server.ts'
import type { SessionPool } from '../../../db/index.ts'
import { dbModule } from '../../../db/module.ts'
import { clientAddressBehind } from '../../../http/client-address.ts'
import { HttpListener } from '../../../http/listener.ts'
import { createRouter } from '../../../http/router.ts'
import { type App, boot } from '../../../kernel/boot.ts'
import { assert } from '../../../kernel/failure.ts'
import { describe } from '../../../kernel/observe.ts'
import type { Keys } from '../../keys/index.ts'
import { keysModule } from '../../keys/module.ts'
import { messagingModule } from '../../messaging/module.ts'
import { authModule } from '../module.ts'

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
  readonly body?: unknown
  /** The bearer token; the anon key where absent. */
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface AuthServer {
  readonly keys: Keys
  readonly url: string
  readonly said: readonly string[]
  readonly postgres: ThrowawayServer
  readonly pool: SessionPool
  ask(path: string, asking?: Asking): Promise<Answer>
  /** A second server on the same database, with settings of its own. */
  beside(env: Readonly<Record<string, string>>): Promise<AuthServer>
  stop(): Promise<void>
}

/** Passwords that are hashed for real, only faster. */
const fast = {
  PLINTH_AUTH_HASH_MEMORY_KIB: '64',
  PLINTH_AUTH_HASH_ITERATIONS: '1',
  PLINTH_AUTH_RATE_LIMIT_SIGN_IN_SIGN_UPS: '100000',
  PLINTH_AUTH_RATE_LIMIT_TOKEN_REFRESH: '100000',
}

export async function startAuthServer(
  env: Readonly<Record<string, string>> = {},
  version: Version = 18,
): Promise<AuthServer> {
  const postgres = await startThrowawayServer(version)
  const server = await startOn(postgres, env)
  return {
    ...server,
    stop: async () => {
      await server.stop()
      await postgres.stop()
    },
  }
}

async function startOn(
  postgres: ThrowawayServer,
  env: Readonly<Record<string, string>>,
): Promise<AuthServer> {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-auth-'))
  const { host, port, user, database } = postgres.target()
  const said: string[] = []
  const secrets = new Map<string, string>()
  const databaseUrl = `postgresql://${user}@${host}:${port}/${database}`
  const app = await boot([dbModule, keysModule, messagingModule, authModule], {
    sources: {
      env: { DATABASE_URL: databaseUrl, PLINTH_PROJECT: folder, ...fast, ...env },
      flags: {},
      toml: {},
    },
    observe: (kind, detail) => {
      said.push(describe(kind, detail).text(), JSON.stringify(detail))
    },
    dataFolder: {
      path: folder,
      secret: async (name, create) => {
        const value = secrets.get(name) ?? (await create())
        secrets.set(name, value)
        return value
      },
    },
  })
  const keys = keysOf(app)
  const router = createRouter({
    surfaces: app.surfaces,
    identify: (request) => keys.identify(request),
    observe: (kind, detail) => {
      said.push(describe(kind, detail).text(), String(Reflect.get(detail, 'error')))
    },
    bounds: { bytesMax: 10_000_000, stallMs: 5000 },
    clientAddress: clientAddressBehind(['127.0.0.1']),
  })
  const listener = new HttpListener({ host: '127.0.0.1', port: 0, fetch: router.fetch })
  const url = `http://127.0.0.1:${await listener.listen()}`
  return {
    keys,
    url,
    said,
    postgres,
    pool: postgres.pool(),
    ask: async (path, asking) => ask(`${url}/auth/v1${path}`, keys.project.anonKey, asking),
    beside: async (more) => startOn(postgres, { ...env, ...more }),
    stop: async () => {
      await listener.drain(1000)
      await app.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function keysOf(app: App): Keys {
  const keys = app.apis.get('keys')
  assert(keys !== undefined, 'the keys module has started')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- by its token's name
  return keys as Keys
}

async function ask(url: string, anonKey: string, asking: Asking = {}): Promise<Answer> {
  const { method = asking.body === undefined ? 'GET' : 'POST', body, token = anonKey } = asking
  const response = await fetch(url, {
    method,
    headers: {
      apikey: anonKey,
      authorization: `Bearer ${token}`,
      'x-supabase-api-version': '2024-01-01',
      ...asking.headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson ? JSON.parse(text) : undefined,
  }
}

let addresses = 0

/** An address that no other test uses. */
export function newEmail(): string {
  addresses += 1
  return `person${addresses}@example.com`
}

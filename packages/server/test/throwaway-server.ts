/** A PostgreSQL of a test's own, in a folder of its own, that is gone afterwards. The one starter of all pg tests. */
import { spawn, spawnSync, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { binariesFor, findInstalled } from '../src/db/embedded/binaries.ts'
import { freePort } from '../src/db/embedded/free-port.ts'
import type { ConnectTarget } from '../src/db/wire/connect.ts'
import { Pool, type PoolOptions } from '../src/db/wire/pool.ts'

export interface Login {
  readonly user?: string
  readonly password?: string
  readonly database?: string
}

export interface ServerOptions {
  /** Lines of pg_hba.conf. Without them everybody on this machine may log in as anyone without a password. */
  readonly access?: readonly string[]
  /** Settings of postgresql.conf, as `name=value`. */
  readonly settings?: readonly string[]
  /** Files to lie in the data folder, readable by the server alone. */
  readonly files?: Readonly<Record<string, string>>
}

export interface ThrowawayServer {
  /** Where its Unix socket lies. */
  readonly folder: string
  readonly port: number
  /** Sessions of ours; the superuser is `postgres`. Closed by `stop`. */
  pool(login?: Login, options?: Partial<PoolOptions>): Pool
  target(login?: Login): ConnectTarget
  /** A client that is not ours, to look from outside. Closed by `stop`; losing it is not an error. */
  client(login?: Login): Promise<Client>
  /** Cuts every connection, and comes back on the same port. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export type Version = 18 | 15

const debianFolder = '/usr/lib/postgresql/15'

const readyMsMax = 20_000

/** 18 comes with the packages; 15 is there where Debian's package is installed. */
export function hasVersion(version: Version): boolean {
  return version === 18 || existsSync(join(debianFolder, 'bin/postgres'))
}

/** The folder of programs that the user who is to run them can reach: the checkout may lie where only root may enter. */
async function programsOf(version: Version, { uid, gid }: Owner): Promise<string> {
  const account = uid === undefined || gid === undefined ? undefined : { name: 'nobody', uid, gid }
  const native = version === 18 ? await binariesFor(account, await findInstalled()) : debianFolder
  return join(native, 'bin')
}

/** Resolves when it takes connections. */
export async function startThrowawayServer(
  version: Version,
  options: ServerOptions = {},
): Promise<ThrowawayServer> {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-test-'))
  const port = await freePort(0, 'port')
  const owner = ordinaryUser(folder)
  const bin = await programsOf(version, owner)
  const run = makeCluster({ bin, owner, folder }, { ...options, port })
  let server = await run()
  const closings: (() => Promise<unknown>)[] = []
  const target = (login: Login = {}): ConnectTarget => ({
    host: '127.0.0.1',
    port,
    user: 'postgres',
    password: '',
    database: 'postgres',
    ...login,
  })
  return {
    folder,
    port,
    target,
    pool(login, poolOptions) {
      const pool = new Pool({ ...poolDefaults, target: target(login), ...poolOptions })
      closings.push(async () => pool.close())
      return pool
    },
    async client(login) {
      const client = new Client({ ...target(login), ssl: false })
      client.on('error', () => undefined)
      closings.push(async () => client.end().catch(() => undefined))
      await client.connect()
      return client
    },
    async restart() {
      await ended(server)
      server = await run()
    },
    async stop() {
      await Promise.all(closings.map(async (close) => close()))
      await ended(server)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const poolDefaults = {
  name: 'test',
  sessionsMax: 4,
  queueMax: 1000,
  queueMsMax: 30_000,
  observe: () => undefined,
} as const

/** Lays the data folder out; answers how to start a server on it. */
function makeCluster(
  { bin, owner, folder }: { readonly bin: string; readonly owner: Owner; readonly folder: string },
  options: ServerOptions & { readonly port: number },
): () => Promise<ChildProcess> {
  const { access, settings = [], files = {}, port } = options
  const data = join(folder, 'data')
  const made = spawnSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync', '--locale=C'],
    { ...owner, encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`)
  const allFiles = { ...files, ...(access === undefined ? {} : { 'pg_hba.conf': `${access.join('\n')}\n` }) }
  for (const [name, text] of Object.entries(allFiles)) writeOwned(join(data, name), text, owner)
  const all = [
    'fsync=off',
    'max_connections=400',
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    `unix_socket_directories=${folder}`,
    ...settings,
  ]
  return async () => {
    const server = spawn(join(bin, 'postgres'), ['-D', data, ...all.flatMap((setting) => ['-c', setting])], {
      ...owner,
      stdio: 'ignore',
    })
    try {
      await ready(server, folder, port)
      return server
    } catch (error) {
      await ended(server)
      throw error
    }
  }
}

interface Owner extends Pick<SpawnOptions, 'uid' | 'gid'> {
  readonly cwd: string
}

/** PostgreSQL refuses to run as root. */
function ordinaryUser(folder: string): Owner {
  if (process.getuid?.() !== 0) return { cwd: folder }
  const [uid, gid] = ['-u', '-g'].map((flag) =>
    Number(spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout),
  )
  if (uid === undefined || gid === undefined) throw new Error('there is no user nobody')
  chownSync(folder, uid, gid)
  return { uid, gid, cwd: folder }
}

function writeOwned(path: string, text: string, { uid, gid }: Owner): void {
  writeFileSync(path, text)
  chmodSync(path, 0o600)
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid)
}

/** It is ready when it lets somebody in, or refuses him for what he is and not for when he comes. */
async function ready(server: ChildProcess, folder: string, port: number): Promise<void> {
  const until = performance.now() + readyMsMax
  for (;;) {
    const client = new Client({ host: folder, port, user: 'postgres', database: 'postgres' })
    client.on('error', () => undefined)
    const error: unknown = await client.connect().catch((reason: unknown) => reason)
    void client.end().catch(() => undefined)
    const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
    if (!(error instanceof Error) || code === '28000' || code === '28P01') return
    if (server.exitCode !== null || performance.now() > until) throw error
    await sleep(10)
  }
}

async function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const exit = once(server, 'exit')
  server.kill('SIGINT')
  await exit
}

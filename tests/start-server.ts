/** Starts a real Plinth the way people do: the command, its own folder, free ports. For every test that needs one. */
import { spawn, type ChildProcess } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'

export interface ServerOptions {
  /** The folder that holds `supabase/`; an empty one unless told. */
  readonly project?: string
  /** Where the state lives. One that is given here survives `stop()`, so that a test can start on it again. */
  readonly dataFolder?: string
  /** Further flags of `plinth start`. */
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface TestServer {
  readonly apiUrl: string
  readonly anonKey: string
  readonly serviceRoleKey: string
  /** As the superuser of the embedded PostgreSQL. */
  readonly dbUrl: string
  /** All fields of `plinth status --json`. */
  readonly status: Readonly<Record<string, unknown>>
  readonly pid: number
  readonly dataFolder: string
  readonly exited: Promise<Exit>
  /** SIGTERM, then waits for the end. Throws with the logs when the server does not end in time. */
  stop(): Promise<Exit>
  /** SIGKILL for Node alone. PostgreSQL may live on until the next start on the data folder, which then stays. */
  kill9(): Promise<Exit>
  /** What the server has logged so far (standard error; the other stream carries its keys), newest 200,000 characters. */
  logs(): string
}

const root = path.join(import.meta.dirname, '..')
const startMsMax = 60_000
const stopMsMax = 30_000
const logCharactersMax = 200_000

/** Resolves when the server is ready; rejects with its logs when it ends before or takes over a minute. */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const folder = await makeFolder()
  const dataFolder = options.dataFolder ?? path.join(folder, 'data')
  const [port, dbPort] = await freePorts()
  const flags = ['--data-dir', dataFolder, '--port', `${port}`, '--db-port', `${dbPort}`, '--json']
  const project = options.project ?? path.join(folder, 'project')
  const command = [path.join(root, 'bin/plinth.js'), 'start', '--project', project, ...flags]
  const child = spawn(process.execPath, [...command, ...(options.args ?? [])], {
    cwd: root,
    env: { ...ownEnvironment(), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const { exited, logs, firstLine } = follow(child)
  try {
    const status = parseStatus(await within(startMsMax, firstLine, () => `is not ready\n${logs()}`))
    return {
      ...status,
      dataFolder,
      exited,
      logs,
      stop: async () => {
        child.kill('SIGTERM')
        const exit = await within(stopMsMax, exited, () => `does not stop\n${logs()}`)
        await rm(folder, { recursive: true, force: true })
        return exit
      },
      kill9: async () => {
        child.kill('SIGKILL')
        const exit = await exited
        if (options.dataFolder !== undefined) await rm(folder, { recursive: true, force: true })
        return exit
      },
    }
  } catch (error) {
    child.kill('SIGTERM')
    await within(stopMsMax, exited, () => 'does not stop').catch(() => child.kill('SIGKILL'))
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'plinth-test-'))
  // Started as root, PostgreSQL runs as somebody else, who has to get through to his files.
  await chmod(folder, 0o755)
  await mkdir(path.join(folder, 'project'))
  return folder
}

// The developer's own settings must not reach the server, and it refuses PLINTH_ names that it does not know.
function ownEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env)
  return Object.fromEntries(entries.filter(([name]) => !/^(PLINTH_|S3_|NATS_|DATABASE_URL$)/.test(name)))
}

function follow(child: ChildProcess) {
  let text = ''
  const exited = new Promise<Exit>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal }))
  })
  const firstLine = new Promise<string>((resolve, reject) => {
    let line = ''
    const read = (chunk: string) => {
      line += chunk
      if (line.includes('\n')) resolve(line.slice(0, line.indexOf('\n')))
    }
    child.stdout?.setEncoding('utf8').on('data', read)
    exited.then(({ code }) => reject(new Error(`plinth start ended with code ${code}\n${text}`)), reject)
  })
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-logCharactersMax)
  })
  return { exited, firstLine, logs: () => text }
}

async function within<T>(ms: number, promise: Promise<T>, complaint: () => string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`after ${ms} ms the server ${complaint()}`)), ms)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

function parseStatus(line: string) {
  const status: unknown = JSON.parse(line)
  if (typeof status !== 'object' || status === null) throw new Error(`no status: ${line}`)
  const fields: Readonly<Record<string, unknown>> = { ...status }
  const text = (name: string) => {
    const value = fields[name]
    if (typeof value === 'string') return value
    throw new Error(`the status lacks ${name}: ${line}`)
  }
  return {
    apiUrl: text('api_url'),
    anonKey: text('anon_key'),
    serviceRoleKey: text('service_role_key'),
    dbUrl: text('db_url'),
    pid: Number(fields['pid']),
    status: fields,
  }
}

/** Both are held until both are known, so that they differ. */
async function freePorts(): Promise<[number, number]> {
  const [first, second] = await Promise.all([holdPort(), holdPort()])
  await Promise.all([first.release(), second.release()])
  return [first.port, second.port]
}

async function holdPort() {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const release = () => new Promise<void>((resolve) => server.close(() => resolve()))
  return { port: address.port, release }
}

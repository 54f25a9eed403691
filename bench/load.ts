/** HTTP load from a process of its own: wrk where it is installed, else autocannon. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface Load {
  /** A `{id}` in it becomes a random number from 1 to `idMax`. */
  readonly url: string
  readonly idMax: number
  readonly method?: string
  readonly body?: string
  readonly headers: Readonly<Record<string, string>>
  readonly connections: number
  /** Holds the rate there; latencies are then what callers see at that rate. */
  readonly perSecondMax?: number
  readonly seconds: number
}

export interface LoadResult {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Answers other than 2xx, and connections that broke. */
  readonly failures: number
  readonly generator: string
}

export async function drive(load: Load): Promise<LoadResult> {
  // wrk cannot hold a rate.
  const canWrk = load.perSecondMax === undefined && (await isInstalled('wrk'))
  return canWrk ? driveWrk(load) : driveAutocannon(load)
}

export async function isInstalled(program: string): Promise<boolean> {
  return run('sh', ['-c', `command -v ${program}`]).then(
    () => true,
    () => false,
  )
}

async function driveWrk(load: Load): Promise<LoadResult> {
  const headers = Object.entries(load.headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  const script = new URL('request.lua', import.meta.url).pathname
  const base = new URL(load.url.replace('{id}', '0')).origin
  const variables = {
    BENCH_PATH: load.url.slice(base.length),
    BENCH_ID_MAX: String(load.idMax),
    BENCH_METHOD: load.method ?? 'GET',
    BENCH_BODY: load.body ?? '',
  }
  const { stdout } = await run(
    'wrk',
    ['-t1', `-c${load.connections}`, `-d${load.seconds}s`, '--latency', '-s', script, ...headers, base],
    { env: { ...process.env, ...variables } },
  )
  const refused = Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0)
  const broken = (/Socket errors: (.*)/.exec(stdout)?.[1] ?? '').match(/\d+/g)?.map(Number) ?? []
  return {
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1] ?? 0),
    p50Ms: milliseconds(/\s50%\s+([\d.]+\w+)/.exec(stdout)?.[1]),
    p99Ms: milliseconds(/\s99%\s+([\d.]+\w+)/.exec(stdout)?.[1]),
    failures: broken.reduce((sum, count) => sum + count, refused),
    generator: 'wrk',
  }
}

/** wrk writes `950.00us`, `1.20ms` or `1.05s`. */
function milliseconds(text: string | undefined): number {
  const match = /^([\d.]+)(us|ms|s)$/.exec(text ?? '')
  const factor = { us: 0.001, ms: 1, s: 1000 }[match?.[2] ?? 'ms'] ?? 1
  return Number(match?.[1] ?? NaN) * factor
}

async function driveAutocannon(load: Load): Promise<LoadResult> {
  const command = fileURLToPath(import.meta.resolve('autocannon/autocannon.js'))
  const headers = Object.entries(load.headers).flatMap(([name, value]) => ['-H', `${name}=${value}`])
  const id = String(1 + Math.floor(Math.random() * load.idMax))
  const args = [
    '-c',
    String(load.connections),
    '-d',
    String(load.seconds),
    '--json',
    ...headers,
    ...(load.perSecondMax === undefined ? [] : ['-R', String(load.perSecondMax)]),
    ...(load.method === undefined ? [] : ['-m', load.method]),
    ...(load.body === undefined ? [] : ['-b', load.body]),
  ]
  const { stdout } = await run(process.execPath, [command, ...args, load.url.replace('{id}', id)])
  const result: unknown = JSON.parse(stdout)
  return {
    perSecond: numberAt(result, 'requests', 'average'),
    p50Ms: numberAt(result, 'latency', 'p50'),
    p99Ms: numberAt(result, 'latency', 'p99'),
    failures: numberAt(result, 'non2xx') + numberAt(result, 'errors') + numberAt(result, 'timeouts'),
    generator: 'autocannon',
  }
}

function numberAt(value: unknown, ...path: readonly string[]): number {
  let found: unknown = value
  for (const key of path)
    found = typeof found === 'object' && found !== null ? Reflect.get(found, key) : undefined
  return typeof found === 'number' ? found : NaN
}

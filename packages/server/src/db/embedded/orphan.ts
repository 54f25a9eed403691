/** Finds and ends what an earlier run left behind: a PostgreSQL whose Plinth was killed, or the rest of a killed PostgreSQL. */
import { execFile } from 'node:child_process'
import { readFile, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { errnoOf } from '../../kernel/errno.ts'
import { Failure } from '../../kernel/failure.ts'
import { dataIn, readPostmasterFile } from './postmaster-file.ts'

const run = promisify(execFile)

interface Push {
  readonly signal: NodeJS.Signals
  readonly waitMs: number
}

/** A fast shutdown first: it ends with a checkpoint. Then as a crash would, which the next start repairs. */
const pushesToServer: readonly Push[] = [
  { signal: 'SIGINT', waitMs: 10_000 },
  { signal: 'SIGQUIT', waitMs: 5_000 },
  { signal: 'SIGKILL', waitMs: 2_000 },
]

/** Backends without their server end by themselves, but not in the middle of a long statement. */
const pushesToBackend: readonly Push[] = [
  { signal: 'SIGQUIT', waitMs: 2_000 },
  { signal: 'SIGKILL', waitMs: 2_000 },
]

const pollMs = 10

/**
 * Ends every PostgreSQL process that works on the data folder `folder`, and gives the pid of the server among them.
 * Only for whoever holds the folder's lock, or knows that nobody does.
 */
export async function stopOrphan(folder: string): Promise<number | undefined> {
  const data = dataIn(folder)
  const found = await readPostmasterFile(data)
  const pid = found !== undefined && (await isPostgresOf(found.pid, data)) ? found.pid : undefined
  if (pid !== undefined) await end(pid, data, pushesToServer)
  await endBackends(data)
  // Nobody works here any more. If its pid now belongs to something else, PostgreSQL would not start.
  await rm(join(data, 'postmaster.pid'), { force: true })
  return pid
}

/** Ends processes that a killed server left behind; while they live, no other can start on the folder. */
export async function endBackends(data: string): Promise<void> {
  const pids = await postgresPids(data)
  await Promise.all(pids.map((pid) => end(pid, data, pushesToBackend)))
}

async function end(pid: number, data: string, pushes: readonly Push[]): Promise<void> {
  for (const push of pushes) {
    if (!send(pid, push.signal)) return
    const deadline = performance.now() + push.waitMs
    while (performance.now() < deadline) {
      if (!(await isPostgresOf(pid, data))) return
      await delay(pollMs)
    }
  }
  const reason = `PostgreSQL (pid ${pid}) still runs on it and does not end`
  throw new Failure('data_folder_unusable', { folder: data, reason })
}

/** False when the process is gone. */
function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal)
    return true
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return false
    throw error
  }
}

/** Is this process a PostgreSQL that works in `data`? Any pid may have been given to another program since. */
function isPostgresOf(pid: number, data: string): Promise<boolean> {
  return process.platform === 'linux' ? isPostgresByProc(pid, data) : isPostgresByPs(pid, data)
}

/** PostgreSQL makes its data folder its working folder. Compared by inode: paths may be named in several ways. */
async function isPostgresByProc(pid: number, data: string): Promise<boolean> {
  try {
    const [name, itsFolder, ours] = await Promise.all([
      readFile(`/proc/${pid}/comm`, 'utf8'),
      // A zombie has no working folder any more.
      stat(`/proc/${pid}/cwd`, { bigint: true }),
      stat(data, { bigint: true }),
    ])
    return name.trim() === 'postgres' && itsFolder.ino === ours.ino && itsFolder.dev === ours.dev
  } catch (error) {
    // Gone, or of another user, as whom no PostgreSQL of ours runs.
    if (['ENOENT', 'ESRCH', 'EACCES'].includes(errnoOf(error) ?? '')) return false
    throw error
  }
}

async function isPostgresByPs(pid: number, data: string): Promise<boolean> {
  const options = { env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' } }
  // ps ends with 1 when there is no such process.
  const answer = await run('ps', ['-ww', '-o', 'command=', '-p', String(pid)], options).catch(() => undefined)
  return answer !== undefined && answer.stdout.includes(`postgres -D ${data} `)
}

/** All processes of PostgreSQL in `data`, on systems that can tell (Linux). */
async function postgresPids(data: string): Promise<number[]> {
  if (process.platform !== 'linux') return []
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(pids.map(async (pid) => ((await isPostgresOf(pid, data)) ? [pid] : [])))
  return found.flat()
}

/** Tells a running process from a later one that was given the same pid. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { unlessErrno } from './errno.ts'

const run = promisify(execFile)

/** A text that only the process that has `pid` now ever has; undefined when there is none. A zombie counts as none. */
export function startToken(pid: number): Promise<string | undefined> {
  return process.platform === 'linux' ? linuxToken(pid) : psToken(pid)
}

async function linuxToken(pid: number): Promise<string | undefined> {
  // ESRCH: the process ended between opening and reading.
  const stat = await unlessErrno(['ENOENT', 'ESRCH'], readFile(`/proc/${pid}/stat`, 'utf8'))
  if (stat === undefined) return undefined
  const started = parseStartTime(stat)
  if (started === undefined) return undefined
  // Start times count from boot, so after a reboot another process could have the same one.
  const boot = await unlessErrno(['ENOENT', 'EACCES'], readFile('/proc/sys/kernel/random/boot_id', 'utf8'))
  return `${boot?.trim() ?? ''}/${started}`
}

/** The start time, in clock ticks since boot, in the text of `/proc/<pid>/stat`; undefined for a zombie. */
export function parseStartTime(stat: string): string | undefined {
  // The second field is the program's name in brackets; it may itself hold spaces and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const state = fields[0]
  return state === 'Z' || state === 'X' ? undefined : fields[19]
}

async function psToken(pid: number): Promise<string | undefined> {
  const options = { env: { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' } }
  // ps ends with 1 when there is no such process.
  const answer = await run('ps', ['-o', 'state=,lstart=', '-p', String(pid)], options).catch(() => undefined)
  const [state, ...started] = answer?.stdout.trim().split(/\s+/) ?? []
  if (state === undefined || state === '' || state.startsWith('Z')) return undefined
  return started.join(' ')
}

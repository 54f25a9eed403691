/** Runs PostgreSQL's programs: with which user, folder and environment. */
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { errnoOf } from '../../kernel/errno.ts'
import { Failure } from '../../kernel/failure.ts'
import type { Account } from './account.ts'

export interface Runtime {
  /** The folder that holds PostgreSQL's bin, lib and share. */
  readonly native: string
  readonly account: Account | undefined
}

export interface Command {
  /** The name of one of PostgreSQL's programs, or an absolute path. */
  readonly program: string
  readonly args: readonly string[]
  /** The folder of the database files. */
  readonly data: string
}

export interface Outcome {
  readonly code: number | null
  readonly output: string
}

/**
 * How the programs name the folder of the database files. Another user may have no right to enter the folders above
 * it, and we must not open those. Linux lets a process reach the folder it was started in by this name without any
 * right to the path, and Node enters the folder before it changes the user.
 */
export function dataArgument(runtime: Runtime, data: string): string {
  return runtime.account !== undefined && process.platform === 'linux' ? '/proc/self/cwd' : data
}

type Program = ChildProcessByStdio<Writable, Readable, Readable>

/**
 * Starts a program in the folder `data`. Its input, output and errors are pipes. Some failures to start are thrown as
 * `postgres_unavailable`, others come as the child's `error` event.
 */
export function startProgram(runtime: Runtime, command: Command): Program {
  const { account } = runtime
  try {
    return spawn(resolve(runtime.native, 'bin', command.program), command.args, {
      cwd: command.data,
      // The caller's variables (PGDATA, PGOPTIONS, LANG, …) must not change what we start.
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
      // A session of its own: ctrl-C in a terminal reaches only us, and we decide when the database stops.
      detached: true,
      stdio: 'pipe',
      ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
    })
  } catch (cause) {
    throw cannotStart(command.program, runtime, cause)
  }
}

/** Runs a program to its end. Rejects with `postgres_unavailable` when it cannot be started. */
export async function runProgram(runtime: Runtime, command: Command, input = ''): Promise<Outcome> {
  const child = startProgram(runtime, command)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (chunk: string) => (output += chunk))
  }
  // It may end without having read its input; its exit code says why.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  try {
    await once(child, 'close')
  } catch (cause) {
    throw cannotStart(command.program, runtime, cause)
  }
  return { code: child.exitCode, output }
}

/** The refusal for a program that the system did not start at all. */
export function cannotStart(program: string, runtime: Runtime, cause: unknown): Failure {
  const who = runtime.account === undefined ? '' : ` as ${runtime.account.name}`
  const why = errnoOf(cause) ?? String(cause)
  return new Failure(
    'postgres_unavailable',
    { reason: `${program} cannot be started${who}: ${why}` },
    { cause },
  )
}

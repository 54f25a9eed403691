/** Runs `plinth` from its sources as a process of its own, as people do. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const bin = join(import.meta.dirname, '../../../../bin/plinth.js')

/** This process's environment without anything that would change the outcome. */
function cleanEnv(): Record<string, string | undefined> {
  const entries = Object.entries(process.env)
  return Object.fromEntries(
    entries.filter(
      ([name]) => !name.startsWith('PLINTH_') && name !== 'DATABASE_URL' && name !== 'FORCE_COLOR',
    ),
  )
}

export interface Outcome {
  readonly code: number
  readonly output: string
  readonly errors: string
}

/** Runs a command to its end. */
export function plinth(...args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [bin, ...args], { env: cleanEnv() }, (error, output, errors) => {
      resolve({ code: error === null ? 0 : Number(error.code), output, errors })
    })
  })
}

export interface StartedCommand {
  readonly process: ChildProcess
  /** What it has printed to standard output so far. */
  readonly lines: readonly string[]
  /** Exit code, or undefined when a signal ended it. */
  readonly ended: Promise<number | undefined>
}

/** `plinth start`, once it has printed its first line. */
export async function startPlinth(...args: readonly string[]): Promise<StartedCommand> {
  const child = spawn(process.execPath, [bin, 'start', ...args], {
    env: cleanEnv(),
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const ended = once(child, 'close').then(([code]) => (typeof code === 'number' ? code : undefined))
  const lines: string[] = []
  const reader = createInterface(child.stdout)
  reader.on('line', (line) => lines.push(line))
  await Promise.race([once(reader, 'line'), ended])
  return { process: child, lines, ended }
}

export async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return String(typeof address === 'object' && address !== null ? address.port : 0)
}

/** What PostgreSQL itself can do: the limit that the ratios are taken against. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { isInstalled } from './load.ts'
import { runOwnSessions } from './own-sessions.ts'

const run = promisify(execFile)

export interface LimitRun {
  readonly dbUrl: string
  readonly script: string
  readonly clients: number
  readonly seconds: number
}

/** Transactions per second, prepared statements. */
async function pgbench(options: LimitRun): Promise<number> {
  const folder = await mkdtemp(path.join(tmpdir(), 'plinth-pgbench-'))
  const file = path.join(folder, 'script.sql')
  await writeFile(file, options.script)
  try {
    const { clients, seconds, dbUrl } = options
    const args = [
      '-n',
      '-M',
      'prepared',
      '-c',
      String(clients),
      '-j',
      '1',
      '-T',
      String(seconds),
      '-f',
      file,
      dbUrl,
    ]
    const { stdout } = await run('pgbench', args)
    return Number(/tps = ([\d.]+)/.exec(stdout)?.[1])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * The most of several numbers of clients: the one that suits the limit best is another than ours. Where pgbench is not
 * installed, our own sessions without HTTP run the same statements.
 */
export async function limitOf(
  options: Omit<LimitRun, 'clients'> & { clients: readonly number[] },
): Promise<number> {
  const measure = (await isInstalled('pgbench')) ? pgbench : runOwnSessions
  let most = 0
  for (const clients of options.clients) most = Math.max(most, await measure({ ...options, clients }))
  return most
}

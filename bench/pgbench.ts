/** What PostgreSQL itself can do, measured by pgbench: the limit that the ratios are taken against. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface PgbenchRun {
  readonly dbUrl: string
  readonly script: string
  readonly clients: number
  readonly seconds: number
}

/** Transactions per second, prepared statements. */
export async function pgbench(options: PgbenchRun): Promise<number> {
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

/** `plinth stop`: asks the server on a data folder to stop, and waits for it; or stops what a killed one left behind. */
import { dataFolderPath, runningPid, stopOrphan } from '@plinth/server'
import { CommandError } from '../command-error.ts'
import type { ExitName } from '../exit-codes.ts'
import type { Flags } from '../flags.ts'
import type { Terminal } from '../terminal.ts'

/** Longer than the server gives itself to stop. */
const waitMsMax = 60_000
const pollMs = 50

export async function run(flags: Flags, terminal: Terminal): Promise<ExitName> {
  const folder = dataFolderPath({ flags, env: terminal.env, cwd: terminal.cwd })
  const pid = await runningPid(folder)
  if (pid === undefined) {
    const orphan = await stopOrphan(folder)
    terminal.write(
      orphan === undefined
        ? `No Plinth runs on ${folder}.\n`
        : `Stopped the PostgreSQL (pid ${orphan}) that a killed Plinth left behind on ${folder}.\n`,
    )
    return 'ok'
  }
  signal(pid)
  const startedAt = performance.now()
  while ((await runningPid(folder)) === pid) {
    if (performance.now() - startedAt > waitMsMax) {
      throw new CommandError('stopDeadline', `Plinth (pid ${pid}) did not stop within ${waitMsMax / 1000} s`)
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
  terminal.write(
    `Stopped Plinth (pid ${pid}) after ${((performance.now() - startedAt) / 1000).toFixed(1)} s.\n`,
  )
  return 'ok'
}

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM')
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    // It ended between the look and the signal.
    if (code === 'ESRCH') return
    if (code !== 'EPERM') throw cause
    throw new CommandError(
      'failed',
      `Plinth (pid ${pid}) belongs to another user`,
      'Stop it as that user, or as root.',
    )
  }
}

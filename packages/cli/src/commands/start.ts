/** `plinth start`: starts the server in this process, says so when it is ready, and runs until it is told to stop. */
import { readSettings, start, type ExitReason, type RunningServer } from '@plinth/server'
import type { ExitName } from '../exit-codes.ts'
import type { Flags } from '../flags.ts'
import { outputSettings, withoutOwnNames } from '../output-settings.ts'
import { liveProgress, silentProgress, type Progress } from '../progress.ts'
import { catchStopSignals } from '../signals.ts'
import { startSummary } from '../summary.ts'
import type { Terminal } from '../terminal.ts'

const exitByReason: Readonly<Record<ExitReason, ExitName>> = {
  stopped: 'ok',
  postgres_lost: 'postgresLost',
  stop_deadline: 'stopDeadline',
}

type Output = ReturnType<typeof readOutput>

export async function run(flags: Flags, terminal: Terminal): Promise<ExitName> {
  const output = readOutput(flags, terminal)
  const isTalking = !output.json && !output.quiet
  const progress = isTalking && terminal.isInteractive ? liveProgress(terminal) : silentProgress
  const signals = catchStopSignals()
  try {
    const running = await startServer({ flags, terminal, output, progress })
    terminal.write(announcement(running, output, { flags, terminal }))
    signals.onFirst((signal) => {
      if (isTalking && terminal.isInteractive)
        terminal.writeError('\n  Stopping. Ctrl+C again stops at once.\n')
      void running.stop(signal)
    })
    return exitByReason[await running.stopped]
  } finally {
    signals.release()
  }
}

function readOutput(flags: Flags, { env }: Terminal) {
  return readSettings(outputSettings, { flags, env, toml: {} })
}

interface Attempt {
  readonly flags: Flags
  readonly terminal: Terminal
  readonly output: Output
  readonly progress: Progress
}

async function startServer({ flags, terminal, output, progress }: Attempt): Promise<RunningServer> {
  const env = withoutOwnNames(terminal.env)
  const isLevelSet = flags['log-level'] !== undefined || env['PLINTH_LOG_LEVEL'] !== undefined
  const quietFlags = output.quiet && !isLevelSet ? { 'log-level': 'warn' } : {}
  try {
    return await start({
      flags: { ...flags, ...quietFlags },
      env,
      cwd: terminal.cwd,
      observers: [progress.observer],
      isTerminal: terminal.isInteractive && !output.json,
    })
  } finally {
    progress.end()
  }
}

function announcement(
  running: RunningServer,
  output: Output,
  { flags, terminal }: { flags: Flags; terminal: Terminal },
): string {
  if (output.json) return `${JSON.stringify(running.status)}\n`
  if (output.quiet) return ''
  return startSummary(
    {
      status: running.status,
      pageUrl: running.pageUrl,
      // Since the process began: what the person at the keyboard waited for.
      durationMs: performance.now(),
      showSecrets: output.showSecrets,
      statusCommand: statusCommand(flags),
    },
    terminal.paint,
  )
}

/** The command that finds this server again. */
function statusCommand(flags: Flags): string {
  const folders = ['project', 'data-dir'].flatMap((name) => {
    const value = flags[name]
    return value === undefined
      ? []
      : [`--${name} ${/^[\w./-]+$/.test(value) ? value : JSON.stringify(value)}`]
  })
  return ['npx plinth status', ...folders].join(' ')
}

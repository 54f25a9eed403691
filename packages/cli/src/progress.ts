/** One line that says what the start is doing, for people who watch. It is gone when the start is done. */
import type { ObservationDetail, ObservationKind, Observer } from '@plinth/server'
import type { Terminal } from './terminal.ts'

export interface Progress {
  readonly observer: Observer
  /** Removes the line. */
  end(): void
}

/** What comes next once this has happened. */
const phases: { readonly [K in ObservationKind]?: (detail: ObservationDetail<K>) => string } = {
  postgres_started: () => 'Preparing the database',
  migration_applied: (detail) => `Applied ${detail.file}`,
  seed_applied: (detail) => `Seeded from ${detail.file}`,
  catalog_loaded: () => 'Opening the doors',
}

/** Says nothing; for pipes, `--json` and `--quiet`. */
export const silentProgress: Progress = { observer: () => undefined, end: () => undefined }

const clearLine = '\r\u001B[2K'

/** Draws on standard error, under the log lines: an observer that writes must come after this one. */
export function liveProgress(terminal: Terminal): Progress {
  let phase = 'Starting PostgreSQL'
  let redraw: NodeJS.Immediate | undefined
  let isOver = false

  function draw(): void {
    const line = `  ${phase}…`.slice(0, terminal.columns - 1)
    terminal.writeError(`${clearLine}${terminal.paintError('dim', line)}`)
  }

  function observer<K extends ObservationKind>(kind: K, detail: ObservationDetail<K>): void {
    if (isOver) return
    phase = phases[kind]?.(detail) ?? phase
    // The log may write a line now: make room for it, and come back below it.
    terminal.writeError(clearLine)
    if (redraw !== undefined) clearImmediate(redraw)
    redraw = setImmediate(draw)
  }

  function end(): void {
    isOver = true
    if (redraw !== undefined) clearImmediate(redraw)
    terminal.writeError(clearLine)
  }

  draw()
  return { observer, end }
}

/**
 * Observations: what happened, as typed values. Code emits them; the logger and the metrics each decide what to
 * do with them. There are no log strings in business code, and tests assert on observations instead of on text.
 */

type Level = 'debug' | 'info' | 'warn' | 'error'

interface ObservationRow {
  readonly level: Level
  text(detail: never): string
}

/** Every observation, with the level and sentence that the log gives it. Details must hold no secrets. */
export const observations = {
  module_started: {
    level: 'debug',
    text: (d: { module: string; durationMs: number }) => `${d.module} started in ${d.durationMs} ms`,
  },
  server_ready: {
    level: 'debug',
    text: (d: { url: string; durationMs: number }) => `ready at ${d.url} after ${d.durationMs} ms`,
  },
  server_stopping: { level: 'info', text: (d: { reason: string }) => `stopping: ${d.reason}` },
  server_stopped: { level: 'debug', text: (d: { durationMs: number }) => `stopped after ${d.durationMs} ms` },
  stop_step_failed: {
    level: 'error',
    text: (d: { step: string; reason: string }) => `could not ${d.step} cleanly: ${d.reason}`,
  },
  request_finished: {
    level: 'debug',
    text: (d: {
      requestId: string
      method: string
      /** The route's pattern, not the path: bounded in number, and free of what the caller typed. */
      route: string
      path: string
      status: number
      durationMs: number
    }) => `${d.method} ${d.path} ${d.status} ${d.durationMs.toFixed(1)} ms`,
  },
  request_failed: {
    level: 'error',
    text: (d: { requestId: string; method: string; path: string; error: unknown }) =>
      `${d.method} ${d.path} failed unexpectedly`,
  },
  postgres_created: {
    level: 'debug',
    text: (d: { durationMs: number }) => `made a new database in ${d.durationMs} ms`,
  },
  postgres_started: {
    level: 'debug',
    text: (d: { port: number; durationMs: number }) =>
      `PostgreSQL on port ${d.port} after ${d.durationMs} ms`,
  },
  postgres_exited: {
    level: 'error',
    text: (d: { code: number | null; signal: string | null; restartMs: number }) =>
      `PostgreSQL ended (${d.signal ?? `exit code ${d.code}`}): restarting in ${d.restartMs} ms`,
  },
  postgres_recovered: {
    level: 'warn',
    text: (d: { pid: number }) =>
      `stopped the PostgreSQL (pid ${d.pid}) that an earlier, killed run left behind`,
  },
  postgres_log: { level: 'debug', text: (d: { line: string }) => d.line },
  session_lost: {
    level: 'warn',
    text: (d: { pool: string; reason: string }) => `a ${d.pool} session was lost: ${d.reason}`,
  },
  session_retry: {
    level: 'debug',
    text: (d: { pool: string; attempt: number; delayMs: number; reason: string }) =>
      `cannot connect a ${d.pool} session (attempt ${d.attempt}, next in ${d.delayMs} ms): ${d.reason}`,
  },
  bootstrap_skipped: {
    level: 'warn',
    text: (d: { what: string; reason: string; effect: string }) =>
      `could not set up ${d.what}: ${d.reason}. ${d.effect}`,
  },
  module_migration_applied: {
    level: 'debug',
    text: (d: { module: string; id: string; durationMs: number }) =>
      `applied ${d.module}/${d.id} in ${d.durationMs} ms`,
  },
  migration_applied: {
    level: 'info',
    text: (d: { file: string; durationMs: number }) => `applied ${d.file} in ${d.durationMs} ms`,
  },
  seed_applied: {
    level: 'info',
    text: (d: { file: string; durationMs: number }) => `seeded from ${d.file} in ${d.durationMs} ms`,
  },
  catalog_loaded: {
    level: 'debug',
    text: (d: { tables: number; functions: number; durationMs: number }) =>
      `schema read in ${d.durationMs} ms: ${d.tables} tables, ${d.functions} functions`,
  },
  catalog_failed: {
    level: 'error',
    text: (d: { reason: string }) => `cannot read the schema: ${d.reason}. The last good one stays in use`,
  },
  config_key_unknown: {
    level: 'warn',
    text: (d: { file: string; line: number; key: string; nearest: string | undefined }) =>
      `${d.file}:${d.line}: unknown key ${d.key}${d.nearest === undefined ? '' : `: did you mean ${d.nearest}?`}`,
  },
  config_keys_unused: {
    level: 'debug',
    text: (d: { file: string; keys: readonly string[] }) =>
      `${d.file}: not used by Plinth yet: ${d.keys.join(', ')}`,
  },
  mail_sent: {
    level: 'debug',
    text: (d: { id: string; template: string; attempts: number }) =>
      `sent e-mail ${d.id} (${d.template}) at attempt ${d.attempts}`,
  },
  mail_postponed: {
    level: 'warn',
    text: (d: { id: string; template: string; attempts: number; reason: string }) =>
      `could not send e-mail ${d.id} (${d.template}) at attempt ${d.attempts}, will try again: ${d.reason}`,
  },
  mail_given_up: {
    level: 'error',
    text: (d: { id: string; template: string; attempts: number; reason: string }) =>
      `gave e-mail ${d.id} (${d.template}) up after ${d.attempts} attempts: ${d.reason}`,
  },
  warning: { level: 'warn', text: (d: { message: string }) => d.message },
} as const satisfies Record<string, ObservationRow>

export type ObservationKind = keyof typeof observations
export type ObservationDetail<K extends ObservationKind> = Parameters<(typeof observations)[K]['text']>[0]
export type Observe = <K extends ObservationKind>(kind: K, detail: ObservationDetail<K>) => void

/** Something that reads observations: the log, the metrics, a test. */
export type Observer = Observe

/** One `observe` that tells all `observers`, in their order. */
export function observeWith(observers: readonly Observer[]): Observe {
  return (kind, detail) => {
    for (const observer of observers) observer(kind, detail)
  }
}

/** Level and sentence of an observation, for observers that write text. The sentence is made when asked for. */
export function describe<K extends ObservationKind>(
  kind: K,
  detail: ObservationDetail<K>,
): { level: Level; text(): string } {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `kind` ties `detail` to its own row
  const row = observations[kind] as { level: Level; text(d: ObservationDetail<K>): string }
  return { level: row.level, text: () => row.text(detail) }
}

/** How the command ends: every exit code, and which refusal leads to which. Scripts rely on these numbers. */
import type { FailureCode } from '@plinth/server'

export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  setting: 3,
  portTaken: 4,
  dataFolderTaken: 5,
  migrationFailed: 6,
  postgresLost: 7,
  stopDeadline: 8,
  /** As shells report a program that SIGINT ended. */
  interrupted: 130,
} as const

export type ExitName = keyof typeof exitCodes

const exitByFailure: Partial<Record<FailureCode, ExitName>> = {
  setting_invalid: 'setting',
  setting_missing: 'setting',
  setting_unknown: 'setting',
  setting_conflict: 'setting',
  config_unreadable: 'setting',
  module_unknown: 'setting',
  project_missing: 'setting',
  keys_invalid: 'setting',
  port_taken: 'portTaken',
  data_folder_taken: 'dataFolderTaken',
  migration_failed: 'migrationFailed',
  migration_changed: 'migrationFailed',
  postgres_unavailable: 'postgresLost',
}

export function exitOfFailure(code: string): ExitName {
  return Object.entries(exitByFailure).find(([known]) => known === code)?.[1] ?? 'failed'
}

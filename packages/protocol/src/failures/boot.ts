/** Refusals before the server answers: settings, modules, the project folder, the data folder. */
import type { FailureRow } from './row.ts'

export const bootFailures = {
  setting_invalid: {
    status: 500,
    text: (d: { setting: string; got: string; expected: string }) =>
      `${d.setting} cannot be "${d.got}": it takes ${d.expected}`,
  },
  setting_missing: {
    status: 500,
    text: (d: { setting: string; help: string }) => `${d.setting} is not set: ${d.help}`,
  },
  setting_unknown: {
    status: 500,
    text: (d: { name: string; nearest: string | undefined }) =>
      `unknown setting ${d.name}${d.nearest === undefined ? '' : `: did you mean ${d.nearest}?`}`,
  },
  setting_conflict: {
    status: 500,
    text: (d: { setting: string; reason: string }) => `${d.setting}: ${d.reason}`,
  },
  config_unreadable: {
    status: 500,
    text: (d: { file: string; line: number; reason: string }) => `${d.file}:${d.line}: ${d.reason}`,
  },
  module_missing: {
    status: 500,
    text: (d: { by: string; needs: string }) => `${d.by} needs ${d.needs}, which is not in the module list`,
  },
  module_cycle: {
    status: 500,
    text: (d: { path: string }) => `modules need each other: ${d.path}`,
  },
  module_unknown: {
    status: 500,
    text: (d: { name: string; known: string }) => `there is no module ${d.name}: known are ${d.known}`,
  },
  project_missing: {
    status: 500,
    text: (d: { folder: string }) => `the project folder ${d.folder} does not exist`,
  },
  port_taken: {
    status: 500,
    text: (d: { port: number; address: string; setting: string }) =>
      `port ${d.port} on ${d.address} is already in use: stop what listens there, or choose another with ${d.setting}`,
  },
  data_folder_taken: {
    status: 500,
    text: (d: { folder: string; pid: number }) =>
      `another Plinth (pid ${d.pid}) already runs on ${d.folder}: stop it with "plinth stop", or use another --data-dir`,
  },
  data_folder_unusable: {
    status: 500,
    text: (d: { folder: string; reason: string }) =>
      `the data folder ${d.folder} cannot be used: ${d.reason}`,
  },
  postgres_unavailable: {
    status: 500,
    text: (d: { reason: string }) => `PostgreSQL did not start: ${d.reason}`,
  },
  postgres_unsupported: {
    status: 500,
    text: (d: { found: string; needed: string }) =>
      `this PostgreSQL is version ${d.found}: Plinth needs ${d.needed} or newer`,
  },
  bootstrap_refused: {
    status: 500,
    text: (d: { what: string; reason: string; remedy: string }) =>
      `the database cannot be set up: ${d.what}: ${d.reason}. ${d.remedy}`,
  },
  preparation_stuck: {
    status: 500,
    text: (d: { seconds: number }) =>
      `another Plinth has been preparing this database for ${d.seconds} seconds: look at what it waits for, or stop it`,
  },
  migration_failed: {
    status: 500,
    text: (d: {
      file: string
      line: number
      statement: string
      message: string
      sqlstate: string
      detail?: string | undefined
      hint?: string | undefined
    }) =>
      [
        `${d.file}:${d.line}: ${d.message} (SQLSTATE ${d.sqlstate})`,
        ...(d.statement === '' ? [] : [`in: ${d.statement}`]),
        ...(d.detail === undefined ? [] : [`detail: ${d.detail}`]),
        ...(d.hint === undefined ? [] : [`hint: ${d.hint}`]),
      ].join('\n  '),
  },
  migration_version_taken: {
    status: 500,
    text: (d: { file: string; other: string; version: string }) =>
      `${d.file} and ${d.other} both have version ${d.version}: give one of them another number`,
  },
  migration_changed: {
    status: 500,
    text: (d: { module: string; id: string }) =>
      `migration ${d.module}/${d.id} was applied with other contents: an applied migration must not be edited`,
  },
  keys_invalid: {
    status: 500,
    text: (d: { source: string; reason: string }) => `the keys in ${d.source} cannot be used: ${d.reason}`,
  },
} as const satisfies Record<string, FailureRow>

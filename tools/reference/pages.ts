/** Everything that is generated from the tables of settings and failures: the reference pages, and the flags of the command. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { settingsTable } from '@plinth/server'
import { outputSettings } from '../../packages/cli/src/output-settings.ts'
import { failuresPage } from './failures-page.ts'
import { flagTableSource } from './flag-table-source.ts'
import { settingsPage, type SettingRow } from './settings-page.ts'

export interface GeneratedFile {
  /** Relative to the root of the repository. */
  readonly path: string
  readonly text: string
}

/** The files as they should be, formatted. */
export function generatedFiles(): GeneratedFile[] {
  const own = Object.entries(outputSettings).map(([key, setting]) => ({ module: 'cli', key, setting }))
  const rows: SettingRow[] = [...settingsTable(), ...own]
  return [
    formatted('docs/reference/settings.md', settingsPage(rows)),
    formatted('docs/reference/failures.md', failuresPage()),
    formatted('packages/cli/src/flag-table.ts', flagTableSource(rows)),
  ]
}

function formatted(path: string, text: string): GeneratedFile {
  const root = join(import.meta.dirname, '../..')
  const oxfmt = join(root, 'node_modules/.bin/oxfmt')
  const { status, stdout, stderr } = spawnSync(oxfmt, ['--stdin-filepath', path], {
    cwd: root,
    input: text,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${path} cannot be formatted: ${stderr}`)
  return { path, text: stdout }
}

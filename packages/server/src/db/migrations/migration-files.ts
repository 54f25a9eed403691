/** The migration files of a project: `<version>_<name>.sql`, as Supabase's command line makes them. */
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Failure } from '../../kernel/failure.ts'
import type { Observe } from '../../kernel/observe.ts'

export interface MigrationFile {
  readonly path: string
  /** How messages name it: `supabase/migrations/20260101120000_todos.sql`. */
  readonly shown: string
  readonly version: string
  readonly name: string
}

/** In the order in which they are applied: that of their file names. A folder that is not there holds none. */
export async function listMigrationFiles(folder: string, observe: Observe): Promise<MigrationFile[]> {
  const files = (await namesIn(join(folder, 'migrations')))
    .filter((name) => name.endsWith('.sql'))
    .flatMap((fileName) => parseName(folder, fileName) ?? warn(folder, fileName, observe))
  refuseSameVersion(files)
  return files
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).toSorted()
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return []
    throw error
  }
}

function parseName(folder: string, fileName: string): MigrationFile | undefined {
  const [, version, name] = /^(\d+)_(.*)\.sql$/.exec(fileName) ?? []
  if (version === undefined || name === undefined) return undefined
  return { path: join(folder, 'migrations', fileName), shown: shownName(folder, fileName), version, name }
}

function shownName(folder: string, fileName: string): string {
  return `${basename(folder)}/migrations/${fileName}`
}

function warn(folder: string, fileName: string, observe: Observe): [] {
  const message = `${shownName(folder, fileName)} was not applied: its name must be <digits>_<name>.sql`
  observe('warning', { message })
  return []
}

function refuseSameVersion(files: readonly MigrationFile[]): void {
  const byVersion = new Map<string, MigrationFile>()
  for (const file of files) {
    const { version, shown } = file
    const other = byVersion.get(version)
    if (other !== undefined)
      throw new Failure('migration_version_taken', { file: shown, other: other.shown, version })
    byVersion.set(version, file)
  }
}

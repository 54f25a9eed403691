/**
 * The project's migrations. They are recorded as Supabase's command line records them, so that both can be used in turn
 * on one database.
 */
import type { Observe } from '../../kernel/observe.ts'
import { sql, toStatement, type SessionPool, type Statement } from '../index.ts'
import type { MigrationFile } from './migration-files.ts'
import { withPreparationLock } from './preparation-lock.ts'
import { runScript } from './run-script.ts'
import { readScript, type Script } from './script.ts'

/**
 * Applies the files that are not recorded yet, in their order; also those older than the newest recorded one, with a
 * warning. Rejects with `migration_failed` at the first that fails: that file is
 * undone, those before it stay. The bootstrap must have run.
 */
export async function applyProjectMigrations(
  owner: SessionPool,
  files: readonly MigrationFile[],
  observe: Observe,
): Promise<void> {
  if (files.length === 0) return
  await withPreparationLock(owner, async () => {
    const applied = await readVersions(owner)
    warnMissing(files, applied, observe)
    const newest = applied.at(-1) ?? ''
    for (const file of files.filter(({ version }) => !applied.includes(version))) {
      if (file.version < newest) warnLate(file, newest, observe)
      await apply(owner, file, observe)
    }
  })
}

async function readVersions(owner: SessionPool): Promise<string[]> {
  const [rows] = await owner.run({
    statements: [
      toStatement(sql`
        select version from supabase_migrations.schema_migrations order by version collate "C"`),
    ],
  })
  return (rows?.cells ?? []).map(([version]) => String(version))
}

async function apply(owner: SessionPool, file: MigrationFile, observe: Observe): Promise<void> {
  const startedAt = performance.now()
  const script = await readScript(file.path, file.shown)
  await runScript(owner, script, [recordOf(file, script)])
  observe('migration_applied', { file: file.shown, durationMs: Math.round(performance.now() - startedAt) })
}

function recordOf({ version, name }: MigrationFile, { statements }: Script): Statement {
  const texts = textArray(statements.map(({ text }) => text))
  return toStatement(sql`
    insert into supabase_migrations.schema_migrations (version, name, statements)
    values (${version}, ${name}, ${texts}::text[])`)
}

/** An array in PostgreSQL's text form. */
function textArray(texts: readonly string[]): string {
  return `{${texts.map((text) => `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`).join(',')}}`
}

function warnMissing(files: readonly MigrationFile[], applied: readonly string[], observe: Observe): void {
  const known = new Set(files.map(({ version }) => version))
  const missing = applied.filter((version) => !known.has(version))
  if (missing.length === 0) return
  const message = `migrations that this database has are not in the project: ${missing.join(', ')}`
  observe('warning', { message })
}

function warnLate({ shown }: MigrationFile, newest: string, observe: Observe): void {
  const message = `${shown} is older than ${newest}, which was applied before it`
  observe('warning', { message })
}

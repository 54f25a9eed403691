/** The tables of Plinth's own modules: each migration is applied once, and never edited after that. */
import { createHash } from 'node:crypto'
import { Failure } from '../../kernel/failure.ts'
import type { Migration, ModuleInfo } from '../../kernel/module.ts'
import type { Observe } from '../../kernel/observe.ts'
import { DatabaseError, sql, toStatement, type Scope, type SessionPool } from '../index.ts'
import { withPreparationLock } from './preparation-lock.ts'
import { explainFailure } from './script.ts'
import { splitStatements } from './split-statements.ts'

/** Names in migrations must carry their schema, so that they mean the same in every database. */
const scope: Scope = {
  settings: [
    ['search_path', ''],
    ['statement_timeout', '0'],
  ],
}

/**
 * Applies what is missing, in the order of `modules` and of ids within each, every migration in its own transaction.
 * Rejects with `migration_failed` (that migration is undone), or `migration_changed` before anything is applied.
 * The bootstrap must have run.
 */
export async function applyModuleMigrations(
  owner: SessionPool,
  modules: readonly ModuleInfo[],
  observe: Observe,
): Promise<void> {
  await withPreparationLock(owner, async () => {
    const applied = await readApplied(owner)
    const all = modules.flatMap(({ name, migrations }) =>
      migrations.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map((migration) => ({ module: name, migration })),
    )
    const missing = all.filter((one) => isMissing(one.module, one.migration, applied))
    for (const { module, migration } of missing) {
      const startedAt = performance.now()
      await apply(owner, module, migration)
      const durationMs = Math.round(performance.now() - startedAt)
      observe('module_migration_applied', { module, id: migration.id, durationMs })
    }
  })
}

/** Checksums by `module/id`. */
async function readApplied(owner: SessionPool): Promise<ReadonlyMap<string, string>> {
  const [rows] = await owner.run({
    statements: [toStatement(sql`select module || '/' || id, checksum from plinth.module_migrations`)],
  })
  return new Map((rows?.cells ?? []).map(([key, checksum]) => [String(key), String(checksum)]))
}

function isMissing(module: string, migration: Migration, applied: ReadonlyMap<string, string>): boolean {
  const checksum = applied.get(`${module}/${migration.id}`)
  if (checksum === undefined) return true
  if (checksum !== checksumOf(migration)) throw new Failure('migration_changed', { module, id: migration.id })
  return false
}

async function apply(owner: SessionPool, module: string, migration: Migration): Promise<void> {
  const { id } = migration
  const runnable = splitStatements(migration.sql).statements.filter((statement) => !statement.isBlank)
  const record = toStatement(sql`
    insert into plinth.module_migrations (module, id, checksum) values (${module}, ${id}, ${checksumOf(migration)})`)
  try {
    const statements = [...runnable.map(({ text }) => ({ text, values: [] })), record]
    await owner.run({ scope, statements, isOnce: true })
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error
    const failed = runnable[error.statementIndex ?? 0] ?? runnable.at(-1)
    throw failed === undefined ? error : explainFailure(`${module}/${id}`, failed, error)
  }
}

function checksumOf({ sql: text }: Migration): string {
  return createHash('sha256').update(text).digest('hex')
}

/** The project's seed: rows that a new database begins with. It is applied once, and never to a database that was in use. */
import { createHash } from 'node:crypto'
import type { Observe } from '../../kernel/observe.ts'
import { sql, toStatement, type SessionPool, type Statement } from '../index.ts'
import { withPreparationLock } from './preparation-lock.ts'
import { runScript } from './run-script.ts'
import { readScript, type Script } from './script.ts'
import type { SeedFile } from './seed-files.ts'

/**
 * Decides, once and for all nodes, whether this database gets the seed: only while it holds no table of its own in
 * schema public and no migration or seed was recorded. To be called before the project's migrations, and only for a
 * project that has migrations or a seed. The bootstrap must have run.
 */
export async function decideSeed(owner: SessionPool): Promise<void> {
  const decision = sql`
    insert into plinth.seed_state (is_due)
    select not exists (select from supabase_migrations.schema_migrations)
      and not exists (select from supabase_migrations.seed_files)
      and not exists (
        select from pg_catalog.pg_class
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
          and not exists (
            select from pg_catalog.pg_depend where objid = pg_class.oid and deptype = 'e'))
    on conflict do nothing`
  await owner.run({ statements: [toStatement(decision)] })
}

/**
 * Applies the files that are not recorded yet, each in one transaction with its record, if the seed is due. Rejects with
 * `migration_failed`; the rest is then tried again at the next start.
 */
export async function applySeed(
  owner: SessionPool,
  files: readonly SeedFile[],
  observe: Observe,
): Promise<void> {
  await withPreparationLock(owner, async () => {
    const [due, done] = await owner.run({
      statements: [
        toStatement(sql`select is_due from plinth.seed_state`),
        toStatement(sql`select path from supabase_migrations.seed_files`),
      ],
    })
    if (due?.text(0, 0) !== 't') return
    const doneNames = new Set((done?.cells ?? []).map(([path]) => String(path)))
    for (const file of files) if (!doneNames.has(file.shown)) await applyFile(owner, file, observe)
    await owner.run({ statements: [toStatement(sql`update plinth.seed_state set is_due = false`)] })
  })
}

async function applyFile(owner: SessionPool, file: SeedFile, observe: Observe): Promise<void> {
  const startedAt = performance.now()
  const script = await readScript(file.path, file.shown)
  await runScript(owner, script, [recordOf(script)])
  observe('seed_applied', { file: file.shown, durationMs: Math.round(performance.now() - startedAt) })
}

function recordOf({ name, bytes }: Script): Statement {
  const hash = createHash('sha256').update(bytes).digest('hex')
  return toStatement(sql`
    insert into supabase_migrations.seed_files (path, hash) values (${name}, ${hash})
    on conflict (path) do update set hash = excluded.hash`)
}

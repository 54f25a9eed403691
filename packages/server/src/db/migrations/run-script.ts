/** Runs a file of the project: all its statements and what records it, as one transaction. */
import { DatabaseError, sql, toStatement, type SessionPool, type Statement } from '../index.ts'
import { explainFailure, type Script } from './script.ts'

/**
 * A session may be older than the database's search_path, which the bootstrap has just set: scripts get what a new
 * session would have. Not for the transaction only, because a script may end it with a `commit` of its own.
 */
const before: readonly Statement[] = [
  toStatement(sql`
    select pg_catalog.set_config('statement_timeout', '0', false),
      pg_catalog.set_config('search_path', coalesce((
        select substr(entry, 13)
        from pg_catalog.pg_db_role_setting, unnest(setconfig) entry
        where entry like 'search\\_path=%'
          and setdatabase in (0, (select oid from pg_catalog.pg_database where datname = current_database()))
          and setrole in (0, (select oid from pg_catalog.pg_roles where rolname = session_user))
        order by setrole > 0 desc, setdatabase > 0 desc limit 1
      ), pg_catalog.current_setting('search_path')), false)`),
]

/** A script may have switched the role or changed settings: the record is ours, and the session is not the script's alone. */
const beforeRecord: readonly Statement[] = [toStatement(sql`reset session authorization`)]
const after: readonly Statement[] = [toStatement(sql`reset all`)]

/**
 * Rejects with `migration_failed`; the database is then as it was, up to the last `commit` that the script itself holds.
 * One statement that PostgreSQL runs in no transaction (`create index concurrently`) is run alone when it is all that
 * the script holds; if recording it fails after that, the next start runs it again.
 */
export async function runScript(
  owner: SessionPool,
  script: Script,
  record: readonly Statement[],
): Promise<void> {
  const runnable = script.statements.filter((statement) => !statement.isBlank)
  const statements = runnable.map(({ text }) => ({ text, values: [] }))
  const tail = [...beforeRecord, ...record, ...after]
  try {
    await owner.run({ statements: [...before, ...statements, ...tail], isOnce: true })
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error
    // An error behind the last statement comes from the commit, such as a deferred constraint.
    const index = (error.statementIndex ?? before.length) - before.length
    const failed = runnable[Math.min(Math.max(index, 0), runnable.length - 1)]
    if (failed === undefined) throw error
    if (error.sqlstate !== cannotRunInTransaction || runnable.length > 1)
      throw explainFailure(script.name, failed, error)
    await runAlone(owner, script, tail)
  }
}

const cannotRunInTransaction = '25001'

async function runAlone(owner: SessionPool, script: Script, tail: readonly Statement[]): Promise<void> {
  const statement = script.statements.find(({ isBlank }) => !isBlank)
  if (statement === undefined) return
  try {
    await owner.run({ statements: [{ text: statement.text, values: [] }], isOnce: true })
  } catch (error) {
    throw error instanceof DatabaseError ? explainFailure(script.name, statement, error) : error
  }
  await owner.run({ statements: tail, isOnce: true })
}

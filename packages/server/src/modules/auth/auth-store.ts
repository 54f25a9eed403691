/** Runs the statements of accounts under the role that owns their tables, and turns what fails into refusals. */
import { DatabaseError, type Db, type Rows, type Scope, type Sql, sql, toStatement } from '../../db/index.ts'
import { Failure } from '../../kernel/failure.ts'
import type { Observe } from '../../kernel/observe.ts'

export interface AuthErrand {
  /** What the caller reads when the database refuses: `Database error saving new user`. */
  readonly failing: string
  readonly signal: AbortSignal
  /** Knows an error of the database that is the caller's own doing. */
  readonly explain?: (error: DatabaseError) => Failure | undefined
}

export interface AuthWork extends AuthErrand {
  /** One transaction, in one round trip. */
  readonly statements: readonly Sql[]
}

/** Runs one statement of an open transaction. */
export type RunStatement = (statement: Sql) => Promise<Rows>

export interface AuthStore {
  /** The answers of the statements, in order; or a refusal, with nothing written. */
  run(work: AuthWork): Promise<readonly Rows[]>
  /**
   * For work that must look at an answer before it goes on: what `body` throws undoes it all. `body` may run twice, so
   * it must have no effect but through `run`.
   */
  transaction<T>(errand: AuthErrand, body: (run: RunStatement) => Promise<T>): Promise<T>
}

/** The role that owns the tables of accounts wherever Supabase's apps run. */
const ownerRole = 'supabase_auth_admin'

export async function openAuthStore(db: Db, observe: Observe): Promise<AuthStore> {
  const scope = await chooseScope(db, observe)
  const refusalOf = (cause: unknown, { failing, explain }: AuthErrand): unknown => {
    if (!(cause instanceof DatabaseError)) return cause
    const known = explain?.(cause)
    if (known !== undefined) return known
    observe('warning', { message: `${failing}: ${cause.message} (SQLSTATE ${cause.sqlstate})` })
    return new Failure('auth_storage_failed', { message: failing }, { cause })
  }
  return {
    run: async (work) => {
      try {
        const { statements, signal } = work
        return await db.owner.run({ scope, statements: statements.map(toStatement), signal })
      } catch (cause) {
        throw refusalOf(cause, work)
      }
    },
    transaction: async (errand, body) => {
      try {
        return await db.owner.transaction(
          async (tx) => body(async (statement) => tx.run(toStatement(statement))),
          { scope, signal: errand.signal },
        )
      } catch (cause) {
        throw refusalOf(cause, errand)
      }
    },
  }
}

/** Managed databases may not have the role, or not let us become it; our own role owns the tables then. */
async function chooseScope(db: Db, observe: Observe): Promise<Scope> {
  const [rows] = await db.owner.run({ statements: [toStatement(ownership)] })
  const owner = rows?.text(0, 0) ?? ''
  if (owner === ownerRole && (await canBecome(db, ownerRole))) return { role: ownerRole }
  if (rows?.text(0, 1) !== 't')
    observe('bootstrap_skipped', {
      what: 'accounts',
      reason: `the tables in schema auth belong to ${owner}, and the login of Plinth may not write them`,
      effect: `Nobody can sign up or in. Let it become ${owner}, or grant it all rights on them.`,
    })
  return {}
}

const ownership = sql`select pg_get_userbyid(relowner), has_table_privilege(oid, 'insert')
  and (not relrowsecurity or pg_has_role(relowner, 'usage') or row_security_active(oid) is false)
  from pg_class where oid = to_regclass('auth.users')`

async function canBecome(db: Db, role: string): Promise<boolean> {
  try {
    await db.owner.run({ scope: { role }, statements: [toStatement(sql`select`)] })
    return true
  } catch (cause) {
    if (cause instanceof DatabaseError) return false
    throw cause
  }
}

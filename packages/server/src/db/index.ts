/** Front door of the database: sessions, SQL as a value, the catalog. */
import { defineToken } from '../kernel/module.ts'
import type { Rows } from './rows.ts'
import type { Statement } from './sql.ts'

export { fill, ident, join, raw, slot, sql, toStatement, toTemplate } from './sql.ts'
export type { Sql, Statement, Template, Value } from './sql.ts'
export { DatabaseError } from './database-error.ts'
export { Rows } from './rows.ts'

/**
 * Under which identity statements run. The settings are set for this transaction only (`set_config(name, value, true)`),
 * in their order, and the role last: after the switch the role may not be allowed to set them.
 */
export interface Scope {
  /** The role to switch to; the login role where absent. */
  readonly role?: string
  /** Names must come from our own code: each different list of names is one prepared statement. */
  readonly settings?: readonly (readonly [name: string, value: string])[]
}

/** Statements that run as one transaction in one round trip. */
export interface Work {
  readonly scope?: Scope
  readonly statements: readonly Statement[]
  /** Aborting takes the work out of the queue, or cancels it in PostgreSQL; `run` then rejects with `client_closed_request`. */
  readonly signal?: AbortSignal
  /** True when nothing is written: it then costs processor time alone, and is packed closely with others of its kind. */
  readonly isReadOnly?: boolean
  /** True for texts that will hardly come again, such as migrations: they are not kept prepared. */
  readonly isOnce?: boolean
}

/** An open transaction on a session of its own. */
export interface Transaction {
  /**
   * Runs one statement. After it fails, the transaction can only be rolled back, unless a savepoint undoes the failure;
   * when `body` goes on as if nothing had happened, `transaction` rejects with it. No more runs once `body` has ended.
   */
  run(statement: Statement): Promise<Rows>
}

export interface TransactionOptions {
  readonly scope?: Scope
  readonly signal?: AbortSignal
  /** `rollback` undoes everything also when the body succeeds. */
  readonly end?: 'commit' | 'rollback'
  /** The level of the transaction; the login role's where absent. */
  readonly isolation?: 'repeatable read' | 'serializable' | undefined
}

export interface SessionPool {
  /**
   * One implicit transaction under one Sync: the scope and the statements go out together, and the answers of the
   * statements come back in order. Rejects with a `DatabaseError` of the first failing statement (all is undone then),
   * or a `Failure`: `pool_queue_full`, `pool_timeout`, `database_unavailable`, `client_closed_request`, `server_stopping`.
   */
  run(work: Work): Promise<readonly Rows[]>
  /**
   * Begins, runs `body`, and commits; or rolls back when `body` throws. For work that must look at an answer before it
   * goes on. `body` runs once more when a change of the schema made a prepared plan useless, so it must have no effect
   * but through `tx`.
   */
  transaction<T>(body: (tx: Transaction) => Promise<T>, options?: TransactionOptions): Promise<T>
}

export interface Db {
  /** Sessions for callers' requests: logged in as `authenticator`, which may do nothing but become another role. */
  readonly requests: SessionPool
  /** Sessions of the owner of the schema, for what Plinth does itself. */
  readonly owner: SessionPool
  /** True for the database that Plinth brings along. */
  readonly isEmbedded: boolean
  /**
   * Calls `handler` for each NOTIFY on `channel`; and with `undefined` once it listens, at first and after every
   * reconnect, because notifications may have been missed. Returns how to stop it.
   */
  listen(channel: string, handler: (payload: string | undefined) => void): () => void
  /** For people and tools: `postgresql://…` of the owner. Holds a password: never log it. */
  readonly url: string
  /** Settles when the database has gone for good and the server must end. */
  readonly lost: Promise<void>
  /** For `/metrics`. */
  readonly gauges: readonly { readonly name: string; readonly help: string; read(): number }[]
}

export const dbToken = defineToken<Db>('db')

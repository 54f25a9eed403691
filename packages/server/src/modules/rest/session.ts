/** Runs what was compiled for a request, in one transaction under its identity. */
import type { Catalog } from '../../db/catalog/index.ts'
import {
  fill,
  ident,
  raw,
  sql,
  toStatement,
  type Rows,
  type Scope,
  type Statement,
  type TransactionOptions,
} from '../../db/index.ts'
import { assert, Failure } from '../../kernel/failure.ts'
import type { Call } from '../../kernel/module.ts'
import type { Prepared, RestContext } from './context.ts'
import { readEstimate, readExplained, readOutcome, type Outcome } from './outcome.ts'
import type { Plan } from './plan/plan.ts'
import type { RequestWords } from './request/request.ts'
import { isolationOf, scopeOf } from './scope.ts'

export interface Job {
  readonly call: Call
  readonly request: RequestWords
  readonly prepared: Prepared
  readonly catalog: Catalog
  readonly context: RestContext
}

/** Rejects with a `DatabaseError`, or with `result_not_single`, `put_key_mismatch`, `max_affected_exceeded`. */
export async function runJob(job: Job): Promise<Outcome> {
  const { call, request, prepared } = job
  const { plan, compiled } = prepared
  const routine = plan.kind === 'call' ? plan.routine : undefined
  const isReadOnly = readsOnly(plan)
  const asked = { schema: request.schema, timezone: request.preferences.timezone, isReadOnly, routine }
  const scope = scopeOf(call, asked, job)
  const isolation = isolationOf(call, routine, job)
  const main = fill(compiled.main, request.values)
  if (isolation !== undefined || needsTransaction(job)) return runChecked(job, { scope, main, isolation })
  const [rows, estimated] = await runTogether(job, scope, main)
  return outcomeOf(job, rows, estimated)
}

/** True where the transaction is one that cannot write. */
function readsOnly(plan: Plan): boolean {
  return plan.kind === 'read' || (plan.kind === 'call' && plan.isReadOnly)
}

/** All in one round trip. */
async function runTogether(
  { call, request, prepared, context }: Job,
  scope: Scope,
  main: Statement,
): Promise<[Rows, Rows | undefined]> {
  const { estimate } = prepared.compiled
  const before = preRequest(context)
  const statements = estimate === undefined ? [main] : [main, fill(estimate, request.values)]
  const answers = await context.pool.run({
    scope,
    statements: before === undefined ? statements : [before, ...statements],
    signal: call.signal,
    isReadOnly: readsOnly(prepared.plan),
  })
  const [rows, estimated] = before === undefined ? answers : answers.slice(1)
  assert(rows !== undefined, 'a statement has an answer')
  return [rows, estimated]
}

const calls = new Map<string, Statement>()

/** The function that every request calls first. There are hardly ever two. */
export function preRequest({ settings }: RestContext): Statement | undefined {
  const { preRequest: called } = settings
  if (called === undefined) return undefined
  const key = `${called.schema}.${called.name}`
  const known = calls.get(key)
  if (known !== undefined) return known
  const name = called.schema === '' ? ident(called.name) : ident(called.schema, called.name)
  const made = toStatement(sql`select ${name}()`)
  calls.set(key, made)
  return made
}

function outcomeOf(job: Job, rows: Rows, estimated: Rows | undefined): Outcome {
  const { plan } = job.prepared
  if (plan.output.explain !== undefined) return readExplained(rows)
  const outcome = readOutcome(rows)
  checkOutcome(plan, job.request, outcome)
  return estimated === undefined ? outcome : withEstimate(outcome, estimated, job)
}

/** True where the work may have to be undone after its answer is known. */
function needsTransaction({ prepared, request, context }: Job): boolean {
  const { plan } = prepared
  if (plan.kind === 'read') return false
  return plan.mustCheck || endsWithRollback(request, context)
}

function endsWithRollback(request: RequestWords, context: RestContext): boolean {
  const { tx } = request.preferences
  return tx === undefined ? context.settings.txEnd.startsWith('rollback') : tx === 'rollback'
}

const checkConstraints = toStatement(raw('set constraints all immediate'))

interface CheckedWork {
  readonly scope: Scope
  readonly main: Statement
  readonly isolation: TransactionOptions['isolation']
}

async function runChecked(job: Job, { scope, main, isolation }: CheckedWork): Promise<Outcome> {
  const { call, request, prepared, context } = job
  const isUndone = prepared.plan.kind !== 'read' && endsWithRollback(request, context)
  return context.pool.transaction(
    async (tx) => {
      const before = preRequest(context)
      if (before !== undefined) await tx.run(before)
      const rows = await tx.run(main)
      const { estimate } = prepared.compiled
      const estimated = estimate === undefined ? undefined : await tx.run(fill(estimate, request.values))
      const outcome = outcomeOf(job, rows, estimated)
      // What a commit would have refused must be refused here too.
      if (isUndone) await tx.run(checkConstraints)
      return outcome
    },
    { scope, signal: call.signal, end: isUndone ? 'rollback' : 'commit', isolation },
  )
}

/** Refuses an answer that is not what the caller said it must be. */
function checkOutcome(plan: Plan, request: RequestWords, outcome: Outcome): void {
  const { rows } = outcome
  if (plan.kind === 'write' && plan.write.kind === 'insert' && plan.write.isPut) {
    if (rows !== 1) throw new Failure('put_key_mismatch', {})
    return
  }
  if (plan.output.form === 'object' && rows !== 1) throw new Failure('result_not_single', { rows })
  const { handling, maxAffected } = request.preferences
  const isBounded = plan.kind !== 'read' && !(plan.kind === 'write' && plan.write.kind === 'insert')
  if (isBounded && handling === 'strict' && maxAffected !== undefined && rows > maxAffected) {
    throw new Failure('max_affected_exceeded', { rows })
  }
}

/** An exact count is kept as long as it is within the bound; without a bound, the planner may know better. */
function withEstimate(outcome: Outcome, estimated: Rows, { request, context }: Job): Outcome {
  const estimate = readEstimate(estimated)
  if (request.preferences.count === 'planned') return { ...outcome, total: estimate }
  const { total } = outcome
  const { maxRows } = context.settings
  const isTooLarge = total !== undefined && (maxRows === undefined || total > maxRows)
  return isTooLarge ? { ...outcome, total: Math.max(total, estimate) } : outcome
}

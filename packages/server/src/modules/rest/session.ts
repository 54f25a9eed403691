/** Runs what was compiled for a request, in one transaction under its identity. */
import type { Catalog } from '../../db/catalog/index.ts'
import { fill, toStatement, raw, type Rows, type Statement } from '../../db/index.ts'
import { assert, Failure } from '../../kernel/failure.ts'
import type { Call } from '../../kernel/module.ts'
import type { Prepared, RestContext } from './context.ts'
import { readEstimate, readOutcome, type Outcome } from './outcome.ts'
import type { Plan } from './plan/plan.ts'
import type { RestRequest } from './request/request.ts'
import { scopeOf } from './scope.ts'

export interface Job {
  readonly call: Call
  readonly request: RestRequest
  readonly prepared: Prepared
  readonly catalog: Catalog
  readonly context: RestContext
}

/** Rejects with a `DatabaseError`, or with `result_not_single`, `put_key_mismatch`, `max_affected_exceeded`. */
export async function runJob(job: Job): Promise<Outcome> {
  const { call, request, prepared, catalog, context } = job
  const { plan, compiled } = prepared
  const isReadOnly = plan.kind === 'read' || (plan.kind === 'call' && plan.isReadOnly)
  const scope = scopeOf(call, request, { catalog, context, isReadOnly })
  const main = fill(compiled.main, request.values)
  if (needsTransaction(job)) return runChecked(job, { scope, main })
  const estimate = compiled.estimate === undefined ? [] : [fill(compiled.estimate, request.values)]
  const [rows, estimated] = await context.pool.run({
    scope,
    statements: [main, ...estimate],
    signal: call.signal,
  })
  assert(rows !== undefined, 'a statement has an answer')
  const outcome = readOutcome(rows)
  checkOutcome(plan, request, outcome)
  return estimated === undefined ? outcome : withEstimate(outcome, estimated, job)
}

/** True where the work may have to be undone after its answer is known. */
function needsTransaction({ prepared, request, context }: Job): boolean {
  const { plan } = prepared
  if (plan.kind === 'read') return false
  return plan.mustCheck || endsWithRollback(request, context)
}

function endsWithRollback(request: RestRequest, context: RestContext): boolean {
  const { txEnd } = context.settings
  const { tx } = request.preferences
  const isFree = txEnd.endsWith('-allow-override')
  return isFree && tx !== undefined ? tx === 'rollback' : txEnd.startsWith('rollback')
}

const checkConstraints = toStatement(raw('set constraints all immediate'))

async function runChecked(
  { call, request, prepared, context }: Job,
  work: { readonly scope: ReturnType<typeof scopeOf>; readonly main: Statement },
): Promise<Outcome> {
  const isUndone = endsWithRollback(request, context)
  return context.pool.transaction(
    async (tx) => {
      const outcome = readOutcome(await tx.run(work.main))
      checkOutcome(prepared.plan, request, outcome)
      // What a commit would have refused must be refused here too.
      if (isUndone) await tx.run(checkConstraints)
      return outcome
    },
    { scope: work.scope, signal: call.signal, end: isUndone ? 'rollback' : 'commit' },
  )
}

/** Refuses an answer that is not what the caller said it must be. */
function checkOutcome(plan: Plan, request: RestRequest, outcome: Outcome): void {
  const { rows } = outcome
  if (plan.kind === 'write' && plan.write.kind === 'insert' && plan.write.isPut) {
    if (rows !== 1) throw new Failure('put_key_mismatch', {})
    return
  }
  if (request.output.form === 'object' && rows !== 1) throw new Failure('result_not_single', { rows })
  const { handling, maxAffected } = request.preferences
  const isBounded = plan.kind !== 'read' && !(plan.kind === 'write' && plan.write.kind === 'insert')
  if (isBounded && handling === 'strict' && maxAffected !== undefined && rows > maxAffected) {
    throw new Failure('max_affected_exceeded', { rows })
  }
}

/** An exact count is kept as long as it is not larger than what was counted. */
function withEstimate(outcome: Outcome, estimated: Rows, { request, context }: Job): Outcome {
  const estimate = readEstimate(estimated)
  if (request.preferences.count === 'planned') return { ...outcome, total: estimate }
  const { total } = outcome
  const isTooLarge = total !== undefined && total > context.settings.maxRows
  return isTooLarge ? { ...outcome, total: Math.max(total, estimate) } : outcome
}

/**
 * Sets up a database as Supabase's apps and migrations expect it: roles, schemas, extensions, privileges, the functions
 * that policies call. Safe to run at every start and from several nodes; what is there already is left as it is.
 */
import { Failure } from '../../kernel/failure.ts'
import type { Observe } from '../../kernel/observe.ts'
import {
  DatabaseError,
  join,
  raw,
  sql,
  toStatement,
  type Scope,
  type SessionPool,
  type Statement,
} from '../index.ts'
import { withPreparationLock } from '../migrations/preparation-lock.ts'
import { splitStatements } from '../migrations/split-statements.ts'
import { joinRoles } from './memberships.ts'
import { scramVerifier } from './scram-verifier.ts'
import { readSteps, type Step } from './steps.ts'

export interface BootstrapContext {
  readonly observe: Observe
  /** What `authenticator` logs in with from now on. Nodes that share a database must share it; undefined leaves it. */
  readonly authenticatorPassword: string | undefined
  /** Whether anon, authenticated and service_role may use what is created in schema public from now on. */
  readonly exposeNewTables: boolean
}

const versionNeeded = 15

/**
 * Refuses with `postgres_unsupported`, or with `bootstrap_refused` when something is missing without which no request
 * could be answered. Anything else that could not be set up is observed as `bootstrap_skipped`, at every start.
 */
export async function bootstrap(owner: SessionPool, context: BootstrapContext): Promise<void> {
  await refuseOldServer(owner)
  await withPreparationLock(owner, async () => {
    const scope: Scope = {
      settings: [
        ['search_path', 'pg_catalog'],
        ['statement_timeout', '0'],
        ['plinth.expose_new_tables', String(context.exposeNewTables)],
      ],
    }
    const run = { owner, scope, observe: context.observe }
    await applySteps(run, readSteps('own'))
    const roles = readSteps('roles')
    await applySteps(run, roles)
    await joinRoles(owner, roleNames(roles), context.observe)
    await setPassword(run, context.authenticatorPassword)
    await applySteps(run, readSteps('contents'))
  })
}

interface Run {
  readonly owner: SessionPool
  readonly scope: Scope
  readonly observe: Observe
}

async function refuseOldServer(owner: SessionPool): Promise<void> {
  const [rows] = await owner.run({ statements: [toStatement(sql`show server_version`)] })
  const found = rows?.text(0, 0) ?? ''
  if (Number.parseInt(found, 10) >= versionNeeded) return
  throw new Failure('postgres_unsupported', { found, needed: String(versionNeeded) })
}

async function applySteps(run: Run, steps: readonly Step[]): Promise<void> {
  const done = await doneSteps(run, steps)
  for (const [index, step] of steps.entries()) {
    if (done[index] !== true) await applyStep(run, step)
  }
}

/** One question for all steps, so that a start on a finished database costs next to nothing. */
async function doneSteps(run: Run, steps: readonly Step[]): Promise<boolean[]> {
  const conditions = steps.map((step) => raw(`coalesce((${conditionOf(step)}), false)`))
  const question = toStatement(sql`select ${join(conditions, raw(', '))}`)
  const [rows] = await run.owner.run({ scope: run.scope, statements: [question], isOnce: true })
  return steps.map((_, index) => rows?.text(0, index) === 't')
}

function conditionOf({ what, unless, variant }: Step): string {
  if (unless !== undefined) return unless
  return `exists (
    select from plinth.bootstrap_steps where step = '${what}' and variant = current_setting('${variant ?? ''}'))`
}

async function applyStep(run: Run, step: Step): Promise<void> {
  const { statements } = splitStatements(step.sql)
  const texts = statements.filter((statement) => !statement.isBlank).map(({ text }) => ({ text, values: [] }))
  try {
    await run.owner.run({ scope: run.scope, statements: [...texts, ...remember(step)], isOnce: true })
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error
    // Another database of the same server may have created the same role in the meantime.
    const [isDone] = await doneSteps(run, [step])
    if (isDone === true) return
    const { what, effect } = step
    const reason = reasonOf(error)
    if (step.isRequired)
      throw new Failure('bootstrap_refused', { what, reason, remedy: effect }, { cause: error })
    run.observe('bootstrap_skipped', { what, reason, effect })
  }
}

function remember({ what, variant }: Step): Statement[] {
  if (variant === undefined) return []
  return [
    toStatement(sql`
      insert into plinth.bootstrap_steps (step, variant) values (${what}, current_setting(${variant}))
      on conflict (step) do update set variant = excluded.variant, applied_at = excluded.applied_at`),
  ]
}

/** The password reaches PostgreSQL only as what it stores of it. */
async function setPassword(run: Run, password: string | undefined): Promise<void> {
  if (password === undefined) return
  const text = `alter role authenticator login password '${scramVerifier(password)}'`
  try {
    await run.owner.run({ statements: [{ text, values: [] }], isOnce: true })
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error
    run.observe('bootstrap_skipped', {
      what: 'the password of authenticator',
      reason: reasonOf(error),
      effect: 'Requests reach the database only if authenticator has the password that Plinth was given.',
    })
  }
}

function reasonOf({ fields }: DatabaseError): string {
  return fields.detail === undefined ? fields.message : `${fields.message} (${fields.detail})`
}

function roleNames(steps: readonly Step[]): string[] {
  return steps.flatMap((step) => (step.what.startsWith('role ') ? [step.what.slice('role '.length)] : []))
}

/** Writes a plan as SQL. Decides nothing: every choice was made in the plan. */
import { ident, join, raw, sql, toTemplate, type Sql, type Template } from '../../../db/index.ts'
import type { CallPlan, CountKind, Level, Plan, ReadPlan, WritePlan } from '../plan/plan.ts'
import { compileCall } from './call.ts'
import { compileCountable, compileLevel } from './level.ts'
import { pageName, sourceName } from './names.ts'
import { compileBodyColumn, compilePage, type RowKind } from './page.ts'
import { compileWrite, countsInserted, insertedCount } from './write.ts'

export interface Compiled {
  readonly main: Template
  /** Asks the planner how many rows there may be. */
  readonly estimate: Template | undefined
}

/** `maxRows`: past it, an estimated count is the planner's. */
export function compilePlan(plan: Plan, maxRows: number | undefined): Compiled {
  const compiled = compileKind(plan, maxRows)
  const { explain } = plan.output
  if (explain === undefined) return compiled
  const options = [`format ${explain.format}`, ...explain.options].join(', ')
  return {
    main: { ...compiled.main, text: `explain (${options}) ${compiled.main.text}` },
    estimate: undefined,
  }
}

function compileKind(plan: Plan, maxRows: number | undefined): Compiled {
  switch (plan.kind) {
    case 'read':
      return compileRead(plan, maxRows)
    case 'write':
      return { main: toTemplate(compileWritePage(plan)), estimate: undefined }
    case 'call':
      return { main: toTemplate(compileCallPage(plan, maxRows)), estimate: undefined }
  }
}

function compileRead(plan: ReadPlan, maxRows: number | undefined): Compiled {
  const main = compilePage({
    before: [],
    rows: compileLevel(plan.root),
    body: plan.hasBody ? compileBodyColumn(plan.output, 'rows') : undefined,
    total: compileTotal(plan.root, plan.count, maxRows),
  })
  const isPlanned = plan.count === 'planned' || plan.count === 'estimated'
  const estimate = isPlanned ? sql`explain (format json) ${compileCountable(plan.root)}` : undefined
  return { main: toTemplate(main), estimate: estimate === undefined ? undefined : toTemplate(estimate) }
}

function compileTotal(
  level: Level,
  count: CountKind | undefined,
  maxRows: number | undefined,
): Sql | undefined {
  switch (count) {
    case undefined:
    case 'planned':
      return undefined
    case 'exact':
      // All rows are on the page: they are counted anyway.
      if (level.limit === undefined && level.offset === undefined) return raw('count(*)')
      return sql`(select count(*) from (${compileCountable(level)}) as plinth_total)`
    case 'estimated': {
      // Counting one more than may be shown tells whether the planner must be asked.
      const bound = maxRows === undefined ? raw('') : raw(` limit ${maxRows + 1}`)
      return sql`(select count(*) from (${compileCountable(level)}${bound}) as plinth_total)`
    }
  }
}

function compileWritePage(plan: WritePlan): Sql {
  const isShown = plan.returning === 'representation'
  return compilePage({
    before: [sql`${sourceName} as (${compileWrite(plan)})`],
    rows: isShown ? compileLevel(plan.root) : sql`select * from ${sourceName}`,
    body: isShown ? compileBodyColumn(plan.output, 'rows') : undefined,
    written: {
      inserted: plan.write.kind === 'insert' && countsInserted(plan.write) ? insertedCount : undefined,
      location: compileLocation(plan),
    },
  })
}

/** The primary key of the one row that was inserted, as a JSON array of texts. */
function compileLocation(plan: WritePlan): Sql | undefined {
  const { primaryKey } = plan.table
  const isWanted = plan.write.kind === 'insert' && plan.returning === 'headers-only' && primaryKey.length > 0
  if (!isWanted) return undefined
  const texts = primaryKey.map((name) => sql`${pageName}.${ident(name)}::text`)
  return sql`(array_agg(json_build_array(${join(texts, raw(', '))})))[1]`
}

function compileCallPage(plan: CallPlan, maxRows: number | undefined): Sql {
  return compilePage({
    before: [sql`${sourceName} as (${compileCall(plan)})`],
    rows: compileLevel(plan.root),
    body: plan.hasBody ? compileBodyColumn(plan.output, rowKind(plan)) : undefined,
    total: compileTotal(plan.root, plan.count, maxRows),
  })
}

function rowKind({ routine }: CallPlan): RowKind {
  const { isSet, isComposite } = routine.returns
  if (isComposite) return isSet ? 'rows' : 'one row'
  return isSet ? 'values' : 'one value'
}

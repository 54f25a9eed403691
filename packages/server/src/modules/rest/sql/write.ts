/** Inserts, updates and deletes. */
import { ident, join, raw, sql, type Sql } from '../../../db/index.ts'
import type { DeleteWrite, InsertWrite, UpdateWrite, WritePlan } from '../plan/plan.ts'
import { compileBody } from './body.ts'
import { compileConditions, compileWhere } from './condition.ts'
import { bodyAlias } from './names.ts'

const comma = raw(', ')

/** How many rows an upsert has really inserted is counted in a setting of the transaction. */
export const insertedCount = raw(`nullif(current_setting('plinth.inserted', true), '')`)

export function compileWrite(plan: WritePlan): Sql {
  switch (plan.write.kind) {
    case 'insert':
      return compileInsert(plan, plan.write)
    case 'update':
      return compileUpdate(plan, plan.write)
    case 'delete':
      return compileDelete(plan, plan.write)
  }
}

function compileInsert(plan: WritePlan, write: InsertWrite): Sql {
  const names = write.columns.map((column) => ident(column.name))
  const list = names.length === 0 ? raw('') : sql`(${join(names, comma)}) `
  const values = write.columns.map((column) => ident(bodyAlias, column.name))
  const rows = compileBody(write.columns, write.body, bodyAlias)
  const where = compileWhere([
    ...compileConditions(bodyAlias, write.where),
    ...(countsInserted(write) ? [counted(1)] : []),
  ])
  const select = sql`select ${join(values, comma)} from ${rows}${where}`
  return sql`insert into ${target(plan)} ${list}${select}${compileConflict(write)} ${compileReturning(plan)}`
}

/** True where the answer depends on how many rows were new. */
export function countsInserted(write: InsertWrite): boolean {
  return write.conflict?.resolution === 'merge-duplicates'
}

/** Always true; counts up or down on the way. A row that turns out to exist has been counted up before. */
function counted(step: 1 | -1): Sql {
  const next = sql`coalesce(${insertedCount}::integer, 0) + ${raw(String(step))}`
  return sql`set_config('plinth.inserted', (${next})::text, true) is not null`
}

function compileConflict(write: InsertWrite): Sql {
  const { conflict } = write
  if (conflict === undefined) return raw('')
  const key = join(
    conflict.columns.map((name) => ident(name)),
    comma,
  )
  if (conflict.resolution === 'ignore-duplicates' || write.columns.length === 0) {
    return sql` on conflict (${key}) do nothing`
  }
  const assignments = write.columns.map(({ name }) => sql`${ident(name)} = excluded.${ident(name)}`)
  return sql` on conflict (${key}) do update set ${join(assignments, comma)} where ${counted(-1)}`
}

function compileUpdate(plan: WritePlan, write: UpdateWrite): Sql {
  // Nothing to set is no mistake: nothing is changed.
  if (write.columns.length === 0) return compileNothing(plan)
  const assignments = write.columns.map(({ name }) => sql`${ident(name)} = ${ident(bodyAlias, name)}`)
  const rows = compileBody(write.columns, write.body, bodyAlias)
  const where = compileWhere(compileConditions(plan.root.alias, write.where))
  return sql`update ${target(plan)} set ${join(assignments, comma)} from ${rows}${where} ${compileReturning(plan)}`
}

function compileDelete(plan: WritePlan, write: DeleteWrite): Sql {
  const where = compileWhere(compileConditions(plan.root.alias, write.where))
  return sql`delete from ${target(plan)}${where} ${compileReturning(plan)}`
}

function compileNothing(plan: WritePlan): Sql {
  return sql`select ${returnedList(plan)} from ${target(plan)} where false`
}

function target(plan: WritePlan): Sql {
  return sql`${ident(plan.table.schema, plan.table.name)} as ${ident(plan.root.alias)}`
}

function compileReturning(plan: WritePlan): Sql {
  return sql`returning ${returnedList(plan)}`
}

/** No more than is needed: returning a column takes the right to select it. */
function returnedList(plan: WritePlan): Sql {
  const columns = returnedNames(plan)
  if (columns === undefined) return sql`${ident(plan.root.alias)}.*`
  if (columns.length === 0) return raw('1')
  return join(
    columns.map((name) => ident(plan.root.alias, name)),
    comma,
  )
}

function returnedNames(plan: WritePlan): readonly string[] | undefined {
  switch (plan.returning) {
    case 'representation':
      return plan.returned
    case 'headers-only':
      return plan.write.kind === 'insert' ? plan.table.primaryKey : []
    case 'minimal':
      return []
  }
}

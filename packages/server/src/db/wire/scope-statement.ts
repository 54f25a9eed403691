/** The statement that gives a transaction its identity: one `select set_config(…), …` for all settings and the role. */
import type { Scope } from '../index.ts'
import type { Statement } from '../sql.ts'

/** Texts by number of settings: names and values are parameters, so a handful of texts serve all. */
const texts: string[] = []

export function scopeStatement(scope: Scope): Statement {
  const values: string[] = []
  for (const [name, value] of scope.settings ?? []) values.push(name, value)
  if (scope.role !== undefined) values.push('role', scope.role)
  return { text: textFor(values.length / 2), values }
}

function textFor(count: number): string {
  return (texts[count] ??= build(count))
}

function build(count: number): string {
  if (count === 0) return 'select 1'
  const calls = Array.from(
    { length: count },
    (_, index) => `set_config($${index * 2 + 1},$${index * 2 + 2},true)`,
  )
  return `select ${calls.join(',')}`
}

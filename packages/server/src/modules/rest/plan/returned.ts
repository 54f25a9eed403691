/** Which columns a write or a call must hand on, so that the answer can be made from its rows. */
import type { Relationship } from '../../../db/catalog/index.ts'
import type { Level, ResolvedCondition } from './plan.ts'

/** Sorted and each once; undefined for all of them. */
export function returnedColumns(root: Level, more: readonly string[]): readonly string[] | undefined {
  const names = root.fields.map((field) => field.field.name)
  // An empty select list shows every column.
  if (names.includes('*') || (names.length === 0 && root.embeds.length === 0)) return undefined
  // A function takes the whole row.
  if (root.embeds.some(({ relationship }) => relationship.kind === 'computed')) return undefined
  const joined = root.embeds.flatMap(({ relationship }) => nearColumns(relationship))
  const ordered = root.order.filter((term) => term.embed === undefined).map((term) => term.field.name)
  return [...new Set([...names, ...joined, ...ordered, ...filtered(root.where), ...more])].toSorted()
}

function nearColumns(relationship: Relationship): readonly string[] {
  if (relationship.kind === 'computed') return []
  const pairs = relationship.kind === 'many-to-many' ? relationship.nearColumns : relationship.columns
  return pairs.map(([near]) => near)
}

function filtered(conditions: readonly ResolvedCondition[]): readonly string[] {
  return conditions.flatMap((condition) => {
    switch (condition.kind) {
      case 'and':
      case 'or':
        return filtered(condition.conditions)
      case 'test':
        return [condition.field.name]
      case 'embed':
        return []
    }
  })
}

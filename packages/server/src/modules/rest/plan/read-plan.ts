/** Plans a read of a table or view. */
import type { RestRequest } from '../request/request.ts'
import { planRoot, type LevelContext } from './level.ts'
import type { Bound, Level, ReadPlan } from './plan.ts'
import { requireTable } from './table.ts'

/** Refuses with `table_not_found`, and what `planRoot` refuses with. */
export function planRead(
  request: RestRequest & { readonly action: { readonly kind: 'read' } },
  context: LevelContext,
): ReadPlan {
  const table = requireTable(context.catalog, request.schema, request.action.table)
  const root = planRoot(context, { from: table, alias: table.name, at: table }, request.query)
  return {
    kind: 'read',
    table,
    root: withRange(root, request),
    output: request.output,
    count: request.preferences.count,
    hasBody: !request.isHead,
  }
}

/** The bounds of the top level come from query, header and settings together. */
export function withRange(root: Level, request: RestRequest): Level {
  const { limitSlot, offsetSlot } = request
  const limit: Bound | undefined = limitSlot === undefined ? undefined : { kind: 'slot', slot: limitSlot }
  return { ...root, limit, offset: offsetSlot }
}

/** From a request to its plan and SQL, by way of the cache of shapes. */
import type { Catalog } from '../../db/catalog/index.ts'
import type { Prepared, RestContext } from './context.ts'
import { planRequest } from './plan/index.ts'
import type { RestRequest } from './request/request.ts'
import { compilePlan } from './sql/compile.ts'

export function prepare(request: RestRequest, catalog: Catalog, context: RestContext): Prepared {
  const { maxRows } = context.settings
  return context.shapes.get(request.shape, catalog.version, () => {
    const plan = planRequest(request, catalog, maxRows)
    return { plan, compiled: compilePlan(plan, maxRows) }
  })
}

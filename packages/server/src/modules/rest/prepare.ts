/** From a request to its plan and SQL, by way of the cache of shapes. */
import type { Catalog } from '../../db/catalog/index.ts'
import type { Prepared, RestContext } from './context.ts'
import { planRequest } from './plan/index.ts'
import { negotiate } from './plan/negotiate.ts'
import type { RequestWords } from './request/request.ts'
import { compilePlan } from './sql/compile.ts'

export function prepare(request: RequestWords, catalog: Catalog, context: RestContext): Prepared {
  return context.shapes.get(request.shape, catalog.version, () => {
    const { maxRows, hasAggregates, hasPlans, usesTargetNames } = context.settings
    const output = negotiate(request, catalog, hasPlans)
    const plan = planRequest({ ...request, output }, catalog, {
      maxRows,
      hasAggregates,
      usesTargetNames,
    })
    return { plan, compiled: compilePlan(plan, maxRows) }
  })
}

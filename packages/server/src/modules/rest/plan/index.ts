/** Plans any request: finds the planner for its kind. */
import type { Catalog } from '../../../db/catalog/index.ts'
import type { RestRequest } from '../request/request.ts'
import { planCall } from './call-plan.ts'
import type { PlanRules } from './level.ts'
import type { Plan } from './plan.ts'
import { planRead } from './read-plan.ts'
import { planWrite } from './write-plan.ts'

/** Pure: the same request and catalog give the same plan, or the same refusal. */
export function planRequest(request: RestRequest, catalog: Catalog, rules: PlanRules): Plan {
  const { action } = request
  switch (action.kind) {
    case 'read':
      return planRead({ ...request, action }, { catalog, ...rules })
    case 'call':
      return planCall({ ...request, action }, { catalog, ...rules })
    case 'insert':
    case 'update':
    case 'put':
    case 'delete':
      return planWrite({ ...request, action }, catalog, rules)
  }
}

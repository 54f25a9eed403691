/** `/rest/v1`: its routes, and how its refusals look. */
import { DatabaseError } from '../../db/index.ts'
import type { Failure } from '../../kernel/failure.ts'
import type { Call, Surface } from '../../kernel/module.ts'
import type { RestContext } from './context.ts'
import { explainDatabaseError } from './respond/explain.ts'
import { refuse } from './respond/refuse.ts'
import { restRoutes } from './routes.ts'

export function restSurface(context: RestContext): Surface {
  return {
    prefix: '/rest/v1',
    routes: restRoutes(context),
    refuse,
    explain: (error, call) => explain(error, call, context.settings.anonRole),
  }
}

function explain(error: unknown, call: Call | undefined, anonRole: string): Failure | undefined {
  if (!(error instanceof DatabaseError)) return undefined
  return explainDatabaseError(error, call === undefined || call.identity.role === anonRole)
}

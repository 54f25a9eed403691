/** REST's place among the paths: its routes, who may come, and how its refusals look. */
import { DatabaseError } from '../../db/index.ts'
import type { Failure } from '../../kernel/failure.ts'
import type { Call, Surface } from '../../kernel/module.ts'
import type { RestContext } from './context.ts'
import { explainDatabaseError } from './respond/explain.ts'
import { refuse } from './respond/refuse.ts'
import { traced } from './respond/traced.ts'
import { restRoutes } from './routes.ts'

/** PostgREST's own list; the one of Supabase's gateway is longer. */
const exposedHeaders =
  'Content-Encoding, Content-Location, Content-Range, Content-Type, Date, Location, Server, Transfer-Encoding, Range-Unit'

export function restSurface(context: RestContext, identify: NonNullable<Surface['identify']>): Surface {
  const { path, isAlone } = context.settings
  return {
    prefix: path === '/' ? '' : path,
    routes: restRoutes(context),
    identify,
    cors: {
      origins: () => context.settings.corsOrigins,
      ...(isAlone ? { exposedHeaders } : {}),
    },
    refuse: (failure, request) => {
      const { verbosity } = context.settings
      return traced(refuse(failure, verbosity), request, context)
    },
    explain: (error, call) => explain(error, call, context.settings.anonRole),
  }
}

function explain(error: unknown, call: Call | undefined, anonRole: string | undefined): Failure | undefined {
  if (!(error instanceof DatabaseError)) return undefined
  return explainDatabaseError(error, call === undefined || call.identity.role === anonRole)
}

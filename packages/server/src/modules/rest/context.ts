/** What the stages of a request are given by the running module. */
import type { LiveCatalog } from '../../db/catalog/index.ts'
import type { SessionPool } from '../../db/index.ts'
import type { RestConfig } from './config.ts'
import type { Plan } from './plan/plan.ts'
import type { ShapeCache } from './shape-cache.ts'
import type { Compiled } from './sql/compile.ts'

export interface RestContext {
  readonly pool: SessionPool
  readonly catalog: LiveCatalog
  /** In force now; another object after each change. */
  readonly settings: RestConfig
  readonly shapes: ShapeCache<Prepared>
}

/** What requests of one shape share. */
export interface Prepared {
  readonly plan: Plan
  readonly compiled: Compiled
}

/** `/health`, `/ready` and `/metrics`: what load balancers, supervisors and Prometheus ask. */
import type { Surface } from '../kernel/module.ts'
import type { Gauge, Metrics } from './metrics.ts'
import { refusePlainly } from './router.ts'

export interface OperationsOptions {
  readonly metrics: Metrics
  readonly gauges: readonly Gauge[]
  readonly version: string
  readonly isMetricsOpen: boolean
  isReady(): boolean
}

export function operationsSurface(options: OperationsOptions): Surface {
  return {
    prefix: '',
    refuse: refusePlainly,
    routes: [
      {
        method: 'GET',
        path: '/health',
        access: 'open',
        summary: 'The process answers.',
        handle: () => Response.json({ status: 'ok', version: options.version }),
      },
      {
        method: 'GET',
        path: '/ready',
        access: 'open',
        summary: 'All modules can do their work; 503 while they cannot, or while the server stops.',
        handle: () => {
          const isReady = options.isReady()
          return Response.json({ status: isReady ? 'ready' : 'not ready' }, { status: isReady ? 200 : 503 })
        },
      },
      {
        method: 'GET',
        path: '/metrics',
        access: options.isMetricsOpen ? 'open' : 'service',
        summary: 'Counters and timings in Prometheus text format.',
        handle: () =>
          new Response(options.metrics.write(options.gauges), {
            headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
          }),
      },
    ],
  }
}

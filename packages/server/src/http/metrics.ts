/** Counts observations and times requests; writes them in Prometheus' text format (version 0.0.4). */
import type { ObservationDetail, Observer } from '../kernel/observe.ts'

/** Upper bounds of the request time buckets, in seconds. */
const bucketSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

interface RequestSeries {
  readonly buckets: number[]
  sumSeconds: number
  count: number
}

/** A value that is read when the metrics are. */
export interface Gauge {
  readonly name: string
  readonly help: string
  read(): number
}

export class Metrics {
  readonly #events = new Map<string, number>()
  /** By method, route and status: routes are patterns of our own, so their number is bounded. */
  readonly #requests = new Map<string, RequestSeries>()

  /** Give this to `observeWith`. */
  readonly observer: Observer = (kind, detail) => {
    this.#events.set(kind, (this.#events.get(kind) ?? 0) + 1)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `kind` tells which detail it is
    if (kind === 'request_finished') this.#time(detail as ObservationDetail<'request_finished'>)
  }

  #time(detail: ObservationDetail<'request_finished'>): void {
    const labels = `method="${detail.method}",route="${detail.route}",status="${detail.status}"`
    let series = this.#requests.get(labels)
    if (series === undefined) {
      series = { buckets: bucketSeconds.map(() => 0), sumSeconds: 0, count: 0 }
      this.#requests.set(labels, series)
    }
    const seconds = detail.durationMs / 1000
    const bucket = bucketSeconds.findIndex((bound) => seconds <= bound)
    if (bucket >= 0) series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1
    series.sumSeconds += seconds
    series.count++
  }

  write(gauges: readonly Gauge[]): string {
    const lines = [
      '# HELP plinth_events_total What happened, by kind of observation.',
      '# TYPE plinth_events_total counter',
      ...[...this.#events].map(([kind, count]) => `plinth_events_total{kind="${kind}"} ${count}`),
      '# HELP plinth_request_duration_seconds Time from the request to its answer.',
      '# TYPE plinth_request_duration_seconds histogram',
      ...[...this.#requests].flatMap(([labels, series]) => histogramLines(labels, series)),
      ...gauges.flatMap((gauge) => [
        `# HELP ${gauge.name} ${gauge.help}`,
        `# TYPE ${gauge.name} gauge`,
        `${gauge.name} ${gauge.read()}`,
      ]),
    ]
    return `${lines.join('\n')}\n`
  }
}

function histogramLines(labels: string, series: RequestSeries): string[] {
  let below = 0
  const buckets = bucketSeconds.map((bound, index) => {
    below += series.buckets[index] ?? 0
    return `plinth_request_duration_seconds_bucket{${labels},le="${bound}"} ${below}`
  })
  return [
    ...buckets,
    `plinth_request_duration_seconds_bucket{${labels},le="+Inf"} ${series.count}`,
    `plinth_request_duration_seconds_sum{${labels}} ${series.sumSeconds}`,
    `plinth_request_duration_seconds_count{${labels}} ${series.count}`,
  ]
}

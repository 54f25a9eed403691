/** Tells how long each stage of a request took, for the `Server-Timing` header (W3C Server Timing). */

const stages = ['jwt', 'parse', 'plan', 'transaction', 'response'] as const
export type Stage = (typeof stages)[number]

export class Stopwatch {
  readonly #tookMs = new Map<Stage, number>()
  #startedAt = performance.now()

  constructor(identifiedMs: number) {
    this.#tookMs.set('jwt', identifiedMs)
  }

  /** Ends a stage, and begins the next. */
  end(stage: Stage): void {
    const now = performance.now()
    this.#tookMs.set(stage, now - this.#startedAt)
    this.#startedAt = now
  }

  /** `jwt;dur=0.1, parse;dur=0.2, …` in milliseconds; a stage that there was not took no time. */
  header(): string {
    return stages.map((stage) => `${stage};dur=${(this.#tookMs.get(stage) ?? 0).toFixed(1)}`).join(', ')
  }
}

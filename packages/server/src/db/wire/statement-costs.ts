/** How long statements take, by their text: a running mean of what was measured. */

const textsMax = 2000
/** Weight of the newest measurement. */
const smoothing = 0.2

export class StatementCosts {
  readonly #meanMs = new Map<string, number>()

  /** Infinite for a text that has not been measured. */
  expectedMs(text: string): number {
    return this.#meanMs.get(text) ?? Infinity
  }

  record(text: string, durationMs: number): void {
    const before = this.#meanMs.get(text)
    if (before === undefined && this.#meanMs.size >= textsMax) {
      const oldest = this.#meanMs.keys().next().value
      if (oldest !== undefined) this.#meanMs.delete(oldest)
    }
    this.#meanMs.set(text, before === undefined ? durationMs : before + smoothing * (durationMs - before))
  }
}

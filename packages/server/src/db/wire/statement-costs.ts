/**
 * How long statements take, by their text. Fast ones may share a session, several under way at once; a slow or unknown
 * one gets a session to itself, so that nobody waits behind it.
 */

const fastMsMax = 5
const textsMax = 2000
/** Weight of the newest measurement. */
const smoothing = 0.2

export class StatementCosts {
  readonly #meanMs = new Map<string, number>()

  isFast(text: string): boolean {
    return (this.#meanMs.get(text) ?? Infinity) < fastMsMax
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

/** Keeps what was made for the shapes that come most often; the ones unused for longest go first. */

export class ShapeCache<T> {
  readonly #entries = new Map<string, T>()
  readonly #sizeMax: number
  #version = 0

  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax
  }

  /** What was kept for `shape`, or what `make` gives now. A new `version` makes everything kept useless. */
  get(shape: string, version: number, make: () => T): T {
    if (version !== this.#version) {
      // A request that began under the last catalog must not undo what is kept for the newest.
      if (version < this.#version) return make()
      this.#entries.clear()
      this.#version = version
    }
    const kept = this.#entries.get(shape)
    if (kept !== undefined) {
      this.#entries.delete(shape)
      this.#entries.set(shape, kept)
      return kept
    }
    const made = make()
    this.#entries.set(shape, made)
    this.#dropOldest()
    return made
  }

  get size(): number {
    return this.#entries.size
  }

  #dropOldest(): void {
    if (this.#entries.size <= this.#sizeMax) return
    const oldest = this.#entries.keys().next().value
    if (oldest !== undefined) this.#entries.delete(oldest)
  }
}

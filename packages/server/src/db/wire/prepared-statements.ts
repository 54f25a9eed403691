/** The statements that one session keeps prepared: by text, the least recently used dropped first. */
import type { Prepared } from './job.ts'

export class PreparedStatements {
  readonly #byText = new Map<string, Prepared>()
  readonly #max: number
  #count = 0

  constructor(max: number) {
    this.#max = max
  }

  /** The entry of this text, marked as just used. */
  find(text: string): Prepared | undefined {
    const found = this.#byText.get(text)
    if (found === undefined) return undefined
    // A Map keeps the order of insertion: putting the entry last makes the first one the least recently used.
    this.#byText.delete(text)
    this.#byText.set(text, found)
    return found
  }

  /** A new entry, and the one that has to go for it. */
  add(text: string): { added: Prepared; evicted: Prepared | undefined } {
    const added = { name: `s${++this.#count}`, text, fields: [], isParsed: false }
    const oldest = this.#byText.size >= this.#max ? this.#byText.values().next().value : undefined
    if (oldest !== undefined) this.#byText.delete(oldest.text)
    this.#byText.set(text, added)
    return { added, evicted: oldest }
  }

  /** Drops the entry, unless the text has a newer one. */
  drop(entry: Prepared): void {
    if (this.#byText.get(entry.text) === entry) this.#byText.delete(entry.text)
  }
}

/**
 * The statements that one session keeps prepared, the least recently used dropped first. Each role has its own: under
 * row-level security PostgreSQL throws a plan away when it is used by another role than the last.
 */
import type { Prepared } from './job.ts'

export class PreparedStatements {
  readonly #entries = new Map<string, Prepared>()
  readonly #max: number
  #count = 0

  constructor(max: number) {
    this.#max = max
  }

  /** The entry of this text for this role, marked as just used. */
  find(role: string, text: string): Prepared | undefined {
    const key = keyOf(role, text)
    const found = this.#entries.get(key)
    if (found === undefined) return undefined
    // A Map keeps the order of insertion: putting the entry last makes the first one the least recently used.
    this.#entries.delete(key)
    this.#entries.set(key, found)
    return found
  }

  /** A new entry, and the one that has to go for it. */
  add(role: string, text: string): { added: Prepared; evicted: Prepared | undefined } {
    const key = keyOf(role, text)
    const added = { name: `s${++this.#count}`, key, fields: [], isParsed: false }
    const oldest = this.#entries.size >= this.#max ? this.#entries.values().next().value : undefined
    if (oldest !== undefined) this.#entries.delete(oldest.key)
    this.#entries.set(key, added)
    return { added, evicted: oldest }
  }

  /** Drops the entry, unless there is a newer one in its place. */
  drop(entry: Prepared): void {
    if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key)
  }
}

function keyOf(role: string, text: string): string {
  return `${role}:${text}`
}

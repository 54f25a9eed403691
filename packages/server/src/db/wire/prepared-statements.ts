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
    const added = newPrepared(`s${++this.#count}`, key, text)
    const oldest = this.#entries.size >= this.#max ? this.#entries.values().next().value : undefined
    if (oldest !== undefined) this.#entries.delete(oldest.key)
    this.#entries.set(key, added)
    return { added, evicted: oldest }
  }

  /** Drops all entries; answers them. */
  clear(): readonly Prepared[] {
    const dropped = [...this.#entries.values()]
    this.#entries.clear()
    return dropped
  }

  /** Drops the entry, unless there is a newer one in its place. */
  drop(entry: Prepared): void {
    if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key)
  }
}

/** A statement that is used once and kept nowhere. */
export function unnamed(text: string): Prepared {
  return newPrepared('', '', text)
}

function newPrepared(name: string, key: string, text: string): Prepared {
  // Wherever they stand: no text without these two words can be a COPY FROM STDIN.
  const mayCopyIn = /copy/i.test(text) && /stdin/i.test(text)
  return { name, key, mayCopyIn, fields: undefined }
}

function keyOf(role: string, text: string): string {
  return `${role}\0${text}`
}

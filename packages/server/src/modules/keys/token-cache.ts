/**
 * Remembers who a token stands for. Two generations in place of a list: a hit moves nothing and costs one look-up;
 * when the young generation is full it becomes the old one, and what nobody asked for meanwhile is forgotten.
 */
import type { Identity } from '@plinth/protocol'

interface Entry {
  readonly identity: Identity
  /** Unix time in milliseconds after which the token is not valid any more. */
  readonly expiresAtMs: number
}

export class TokenCache {
  readonly #entriesMax: number
  #young = new Map<string, Entry>()
  #old = new Map<string, Entry>()

  /** Holds at most `entriesMax` tokens. */
  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(token: string, nowMs: number): Identity | undefined {
    const entry = this.#young.get(token) ?? this.#promoted(token)
    return entry !== undefined && nowMs < entry.expiresAtMs ? entry.identity : undefined
  }

  set(token: string, identity: Identity, expiresAtMs: number): void {
    this.#add(token, { identity, expiresAtMs })
  }

  #promoted(token: string): Entry | undefined {
    const entry = this.#old.get(token)
    if (entry === undefined) return undefined
    this.#old.delete(token)
    this.#add(token, entry)
    return entry
  }

  #add(token: string, entry: Entry): void {
    if (this.#young.size >= this.#entriesMax / 2) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(token, entry)
  }
}

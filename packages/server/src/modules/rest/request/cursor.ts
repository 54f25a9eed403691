/** Reads a text from left to right. The parsers of this folder stand on it; all their refusals are made here. */
import { Failure } from '../../../kernel/failure.ts'
import { Values } from './values.ts'
import type { SlotIndex } from './wish.ts'

/** How deep select lists and conditions may be nested, and how many items a text may have. Far above what apps use. */
const depthMax = 32
const itemsMax = 2000

export class Cursor {
  readonly text: string
  /** Index of the next character. */
  at = 0
  readonly #what: string
  readonly #shown: string
  readonly #values: Values
  readonly #cuts: number[] = []
  #depth = 0
  #items = 0

  /** `what` says what is read, in refusals: `select parameter`; with `shown` where they show something else than `text`. */
  constructor(
    what: string | { readonly what: string; readonly shown: string },
    text: string,
    values: Values = new Values(),
  ) {
    this.#what = typeof what === 'string' ? what : what.what
    this.#shown = typeof what === 'string' ? text : what.shown
    this.text = text
    this.#values = values
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length
  }

  /** The next character; empty at the end. */
  get next(): string {
    return this.text.charAt(this.at)
  }

  startsWith(literal: string): boolean {
    return this.text.startsWith(literal, this.at)
  }

  /** Goes past `literal` if it comes next. */
  skip(literal: string): boolean {
    if (!this.startsWith(literal)) return false
    this.at += literal.length
    return true
  }

  skipSpaces(): void {
    while (this.next === ' ' || this.next === '\t') this.at += 1
  }

  /** Goes past what a sticky pattern matches here, and gives it; undefined where it does not match. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    const found = this.look(pattern)
    if (found !== undefined) this.at += found[0].length
    return found
  }

  /** What a sticky pattern matches here, staying where we are. */
  look(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at
    return pattern.exec(this.text) ?? undefined
  }

  /** Goes past `literal`, or refuses. */
  expect(literal: string): void {
    if (!this.skip(literal)) this.refuse(`"${literal}"`)
  }

  expectEnd(expected: string): void {
    if (!this.isAtEnd) this.refuse(`${expected} or end of input`)
  }

  /** Runs `read` one level deeper, within bounds. */
  nested<T>(read: () => T): T {
    this.#depth += 1
    if (this.#depth > depthMax) this.refuse(`at most ${depthMax} levels`)
    const value = read()
    this.#depth -= 1
    return value
  }

  /** Counts an item against the bound of this text. */
  countItem(): void {
    this.#items += 1
    if (this.#items > itemsMax) this.refuse(`at most ${itemsMax} items`)
  }

  /** Keeps `value`, which was read from `start` up to here, apart from the shape. */
  addValue(start: number, value: string): SlotIndex {
    this.#cuts.push(start, this.at)
    return this.#values.add(value)
  }

  /** Adds this text, without its values, to the shape of the request. */
  finishShape(): void {
    this.#values.addCutShape(this.text, this.#cuts)
  }

  /** Refuses with `query_invalid`: what stands here, and what was expected. */
  refuse(expected: string): never {
    // Clients know these texts, and where the end was expected, they know them with the other quotes.
    const quote = expected.endsWith('or end of input') ? "'" : '"'
    const found = this.isAtEnd ? 'unexpected end of input' : `unexpected ${quote}${this.next}${quote}`
    const place = `(line 1, column ${this.at + 1})`
    throw new Failure('query_invalid', {
      message: `"failed to parse ${this.#what} (${this.#shown})" ${place}`,
      details: `${found} expecting ${expected}`,
    })
  }
}

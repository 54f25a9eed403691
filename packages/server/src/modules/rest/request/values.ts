/**
 * Collects the values of a request apart from its shape. The shape is what is left of a text when its values are cut
 * out; two requests with the same shape differ in nothing but values.
 */
import type { Value } from '../../../db/index.ts'
import type { SlotIndex } from './wish.ts'

/**
 * Marks in the shape. Text that comes in is free of NUL (see `query-string.ts`), so that no caller can imitate them and
 * make one request pass for another.
 */
const cut = '\0v'
const boundary = '\0p'

export class Values {
  readonly list: Value[] = []
  #shape = ''

  /** Adds a value, and gives the place it will be found at. */
  add(value: Value): SlotIndex {
    this.list.push(value)
    return this.list.length - 1
  }

  get shape(): string {
    return this.#shape
  }

  /** Adds a text that is part of the shape as it stands. It must hold no NUL. */
  addShape(text: string): void {
    this.#shape += `${boundary}${text}`
  }

  /** Adds a text to the shape, with those parts cut out that were values: `[start, end)` pairs in rising order. */
  addCutShape(text: string, cuts: readonly number[]): void {
    let kept = ''
    let from = 0
    for (let index = 0; index < cuts.length; index += 2) {
      kept += text.slice(from, cuts[index]) + cut
      from = cuts[index + 1] ?? text.length
    }
    this.addShape(kept + text.slice(from))
  }
}

/** SQL as a value. Text comes only from the tag, names through `ident`, everything else is a parameter. */
import { assert } from '../kernel/failure.ts'

/** What PostgreSQL receives: text with `$1…` and values in text format; bytes stand for themselves, null for SQL null. */
export interface Statement {
  readonly text: string
  readonly values: readonly Value[]
}

export type Value = string | Uint8Array | null

/** The place of a value that is not known yet: `fill` puts it there. */
export interface Slot {
  readonly slot: number
}

/** Text that can be kept and used again: each use fills its slots with values of its own. */
export interface Template {
  readonly text: string
  readonly parameters: readonly (Value | Slot)[]
}

const brand: unique symbol = Symbol('sql')

/** A piece of SQL. The brand keeps plain strings from being mistaken for one. */
export interface Sql {
  readonly [brand]: true
  /** `texts[0] values[0] texts[1] …`, one more text than values. */
  readonly texts: readonly string[]
  readonly values: readonly (Value | Slot)[]
}

type Input = Sql | string | number | bigint | boolean | Uint8Array | null

/** Builds SQL: an interpolated `Sql` is inserted, any other value becomes a parameter. */
export function sql(template: TemplateStringsArray, ...inputs: readonly Input[]): Sql {
  const texts: string[] = [template[0] ?? '']
  const values: (Value | Slot)[] = []
  for (const [index, input] of inputs.entries()) {
    append(texts, values, toPiece(input))
    texts.push(`${texts.pop() ?? ''}${template[index + 1] ?? ''}`)
  }
  return { [brand]: true, texts, values }
}

/** A name, or a dotted one, quoted so that nothing in it can end the name. */
export function ident(...parts: readonly string[]): Sql {
  return raw(parts.map(quoteName).join('.'))
}

/** `"name"` with inner quotes doubled. A NUL cannot stand in any PostgreSQL text. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('\0', '').replaceAll('"', '""')}"`
}

/** Text from our own code, as SQL. Never give it anything that came from outside. */
export function raw(text: string): Sql {
  return { [brand]: true, texts: [text], values: [] }
}

export function join(pieces: readonly Sql[], separator: Sql): Sql {
  const texts: string[] = ['']
  const values: (Value | Slot)[] = []
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) append(texts, values, separator)
    append(texts, values, piece)
  }
  return { [brand]: true, texts, values }
}

/** A parameter whose value comes later: the one at `index` of what `fill` is given. */
export function slot(index: number): Sql {
  return { [brand]: true, texts: ['', ''], values: [{ slot: index }] }
}

/** Numbers the parameters. */
export function toStatement(piece: Sql): Statement {
  return fill(toTemplate(piece), [])
}

/** Numbers the parameters, and keeps the slots open. */
export function toTemplate(piece: Sql): Template {
  let text = piece.texts[0] ?? ''
  for (let index = 1; index < piece.texts.length; index++) text += `$${index}${piece.texts[index] ?? ''}`
  return { text, parameters: piece.values }
}

/** Fills each slot with the value at its index. */
export function fill(template: Template, values: readonly Value[]): Statement {
  return { text: template.text, values: template.parameters.map((part) => valueOf(part, values)) }
}

function valueOf(part: Value | Slot, values: readonly Value[]): Value {
  if (part === null || typeof part === 'string' || part instanceof Uint8Array) return part
  const value = values[part.slot]
  assert(value !== undefined, `no value for slot ${part.slot}`)
  return value
}

function toPiece(input: Input): Sql {
  if (typeof input === 'object' && input !== null && brand in input) return input
  const value = input === null || input instanceof Uint8Array ? input : String(input)
  return { [brand]: true, texts: ['', ''], values: [value] }
}

function append(texts: string[], values: (Value | Slot)[], piece: Sql): void {
  const last = texts.pop() ?? ''
  texts.push(`${last}${piece.texts[0] ?? ''}`, ...piece.texts.slice(1))
  values.push(...piece.values)
}

/**
 * Patterns of the redirect allow list, as GoTrue reads them: `*` and `?` stop at `.` and `/`, `**` does not, `[a-z]`,
 * `[!a-z]`, `{a,b}`, and a backslash before a character that stands for itself. Matching takes time in proportion to
 * pattern times text, whatever they are.
 */

type Piece =
  | { readonly kind: 'character'; readonly character: string }
  | { readonly kind: 'any' | 'some' | 'all' }
  | {
      readonly kind: 'class'
      readonly isNegated: boolean
      readonly ranges: readonly (readonly [string, string])[]
    }
  | { readonly kind: 'choice'; readonly choices: readonly (readonly Piece[])[] }

export interface Glob {
  matches(text: string): boolean
}

const separators = new Set(['.', '/'])

/** Undefined for a pattern that is none: an open bracket or brace. */
export function parseGlob(pattern: string): Glob | undefined {
  const reader = new Reader(Array.from(pattern))
  const pieces = reader.pieces(0)
  if (pieces === undefined || !reader.isAtEnd) return undefined
  return {
    matches: (text) => {
      const characters = Array.from(text)
      return advance(pieces, new Set([0]), characters).has(characters.length)
    },
  }
}

const depthMax = 10

class Reader {
  readonly #characters: readonly string[]
  #next = 0

  constructor(characters: readonly string[]) {
    this.#characters = characters
  }

  get isAtEnd(): boolean {
    return this.#next >= this.#characters.length
  }

  /** Pieces up to the end, or within braces up to `,` or `}`, which are left to be read. */
  pieces(depth: number): Piece[] | undefined {
    const pieces: Piece[] = []
    while (!this.isAtEnd) {
      const character = this.#characters[this.#next] ?? ''
      if (depth > 0 && (character === ',' || character === '}')) break
      this.#next++
      const piece = this.#piece(character, depth)
      if (piece === undefined) return undefined
      pieces.push(piece)
    }
    return pieces
  }

  #piece(character: string, depth: number): Piece | undefined {
    switch (character) {
      case '*':
        return { kind: this.#takeIf('*') ? 'all' : 'some' }
      case '?':
        return { kind: 'any' }
      case '[':
        return this.#class()
      case '{':
        return depth >= depthMax ? undefined : this.#choice(depth)
      case '\\': {
        const literal = this.#take()
        return literal === undefined ? undefined : { kind: 'character', character: literal }
      }
      default:
        return { kind: 'character', character }
    }
  }

  #class(): Piece | undefined {
    const isNegated = this.#takeIf('!')
    const ranges: [string, string][] = []
    for (let from = this.#take(); from !== undefined; from = this.#take()) {
      if (from === ']') return ranges.length === 0 ? undefined : { kind: 'class', isNegated, ranges }
      const to = this.#takeIf('-') ? this.#take() : from
      if (to === undefined || to === ']') return undefined
      ranges.push([from, to])
    }
    return undefined
  }

  #choice(depth: number): Piece | undefined {
    const choices: Piece[][] = []
    for (;;) {
      const choice = this.pieces(depth + 1)
      if (choice === undefined) return undefined
      choices.push(choice)
      const end = this.#take()
      if (end === '}') return { kind: 'choice', choices }
      if (end !== ',') return undefined
    }
  }

  #take(): string | undefined {
    return this.#characters[this.#next++]
  }

  #takeIf(character: string): boolean {
    const isNext = this.#characters[this.#next] === character
    if (isNext) this.#next++
    return isNext
  }
}

/** Where in the text one can stand after the pieces, from where one stood before. */
function advance(
  pieces: readonly Piece[],
  from: ReadonlySet<number>,
  text: readonly string[],
): ReadonlySet<number> {
  let positions = from
  for (const piece of pieces) {
    if (positions.size === 0) return positions
    positions = step(piece, positions, text)
  }
  return positions
}

function step(piece: Piece, from: ReadonlySet<number>, text: readonly string[]): ReadonlySet<number> {
  switch (piece.kind) {
    case 'character':
      return past(from, text, (character) => character === piece.character)
    case 'any':
      return past(from, text, (character) => !separators.has(character))
    case 'class':
      return past(from, text, (character) => isInClass(piece.ranges, character) !== piece.isNegated)
    case 'some':
      return spread(from, text, (character) => !separators.has(character))
    case 'all':
      return spread(from, text, () => true)
    case 'choice':
      return new Set(piece.choices.flatMap((choice) => [...advance(choice, from, text)]))
  }
}

function isInClass(ranges: readonly (readonly [string, string])[], character: string): boolean {
  return ranges.some(([from, to]) => character >= from && character <= to)
}

type Test = (character: string) => boolean

function past(from: ReadonlySet<number>, text: readonly string[], isFine: Test): Set<number> {
  const reached = new Set<number>()
  for (const position of from) {
    const character = text[position]
    if (character !== undefined && isFine(character)) reached.add(position + 1)
  }
  return reached
}

function spread(from: ReadonlySet<number>, text: readonly string[], isFine: Test): Set<number> {
  const reached = new Set<number>()
  for (let position = 0, isOn = false; position <= text.length; position++) {
    isOn ||= from.has(position)
    if (isOn) reached.add(position)
    const character = text[position]
    if (character === undefined || !isFine(character)) isOn = false
  }
  return reached
}

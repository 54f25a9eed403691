/**
 * On which line each key of a TOML text stands. smol-toml reads the values but keeps no positions. The text must have
 * been parsed without an error: this scanner only finds where keys begin, it checks nothing.
 */

/** Names one key of a document; a NUL cannot stand in a TOML name. */
const pathId = (path: readonly string[]): string => path.join('\0')

export class KeyLines {
  readonly #lines = new Map<string, number>()

  constructor(toml: string) {
    let table: readonly string[] = []
    const scanner = new Scanner(toml)
    while (scanner.skipToKey()) {
      const line = scanner.line
      const header = scanner.tableHeader()
      if (header !== undefined) table = header
      const path = header ?? [...table, ...scanner.keyAndValue()]
      if (!this.#lines.has(pathId(path))) this.#lines.set(pathId(path), line)
    }
  }

  /** 1-based. A key inside an inline table has the line on which that table begins. */
  of(path: readonly string[]): number {
    for (let length = path.length; length > 0; length--) {
      const line = this.#lines.get(pathId(path.slice(0, length)))
      if (line !== undefined) return line
    }
    return 1
  }
}

const blank = /[\s]*(?:#[^\n]*)?/y
const bareName = /[A-Za-z0-9_-]+/y
const basicText = /"(?:[^"\\\n]|\\.)*"/y
const literalText = /'[^'\n]*'/y
// A closing triple quote may be preceded by up to two quotes that belong to the text.
const basicBlock = /"""(?:[^\\]|\\[^])*?"""(?:"{0,2}(?!"))/y
const literalBlock = /'''[^]*?'''(?:'{0,2}(?!'))/y
const comment = /#[^\n]*/y

class Scanner {
  readonly #text: string
  #at = 0
  #countedTo = 0
  #line = 1

  constructor(text: string) {
    this.#text = text
  }

  get line(): number {
    for (; this.#countedTo < this.#at; this.#countedTo++) {
      if (this.#text[this.#countedTo] === '\n') this.#line++
    }
    return this.#line
  }

  /** Moves over blank space and comments; false at the end. */
  skipToKey(): boolean {
    while (this.#take(blank) !== '') continue
    return this.#at < this.#text.length
  }

  /** The path in `[a.b]` or `[[a.b]]`, or undefined when no header stands here. */
  tableHeader(): string[] | undefined {
    if (this.#take(/\[{1,2}/y) === '') return undefined
    const path = this.#key()
    this.#take(/[^\n]*/y)
    return path
  }

  keyAndValue(): string[] {
    const path = this.#key()
    this.#take(/[ \t]*=/y)
    this.#value()
    return path
  }

  #key(): string[] {
    const path: string[] = []
    do {
      this.#take(/[ \t]*/y)
      path.push(this.#name())
      this.#take(/[ \t]*/y)
    } while (this.#take(/\./y) !== '')
    return path
  }

  #name(): string {
    const bare = this.#take(bareName)
    if (bare !== '') return bare
    const literal = this.#take(literalText)
    if (literal !== '') return literal.slice(1, -1)
    return unescaped(this.#take(basicText))
  }

  /** Moves behind a value: to the end of its line, or of the line on which its brackets are closed again. */
  #value(): void {
    let depth = 0
    while (this.#at < this.#text.length) {
      const skipped = [basicBlock, literalBlock, basicText, literalText, comment].some(
        (part) => this.#take(part) !== '',
      )
      if (skipped) continue
      const char = this.#text[this.#at++] ?? ''
      if (char === '[' || char === '{') depth++
      if (char === ']' || char === '}') depth--
      if (char === '\n' && depth <= 0) return
    }
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0] ?? ''
    this.#at += found.length
    return found
  }
}

/** The name that a quoted key stands for. Only escapes that JSON has too are undone; others cannot matter for a line. */
function unescaped(quoted: string): string {
  try {
    return String(JSON.parse(quoted))
  } catch {
    return quoted
  }
}

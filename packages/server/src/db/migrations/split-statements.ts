/**
 * Splits an SQL script into statements at its semicolons, as PostgreSQL's own lexer sees them: not in strings, names,
 * comments, dollar quotes, parentheses or the body of an SQL function. Pure; never throws; linear time.
 */
import { tokenAt, type Token } from './sql-token.ts'

export interface SplitStatement {
  /** The piece of the script as it stands, with its semicolon. All sources joined are the script. */
  readonly source: string
  /** `source` without its semicolon and outer white space: what is sent and recorded. */
  readonly text: string
  /** 1-based line on which `text` begins, which may be a comment. */
  readonly textLine: number
  /** 1-based line of the first token that is no comment. */
  readonly line: number
  /** True when there is nothing to run: white space and comments only. */
  readonly isBlank: boolean
}

export interface Split {
  readonly statements: readonly SplitStatement[]
  /** What only psql could run. What comes after it may be split wrongly. */
  readonly refusal: { readonly line: number; readonly reason: string } | undefined
}

export function splitStatements(script: string): Split {
  const splitter = new Splitter(script)
  splitter.run()
  return { statements: splitter.statements, refusal: splitter.refusal }
}

/** Longer words are no keywords. */
const keywordLengthMax = 16

class Splitter {
  readonly statements: SplitStatement[] = []
  refusal: Split['refusal']
  readonly #script: string
  #start = 0
  /** The line count goes forward with the statements, so that no part of the script is counted twice. */
  #line = 1
  #lineEnd: number
  #firstToken: Token | undefined
  #lastToken: Token | undefined
  #firstWord = ''
  #lastWord = ''
  #parentheses = 0
  /** How many `begin atomic` and `case` of an SQL function's body are open. */
  #bodyDepth = 0
  #refusedReason: string | undefined

  constructor(script: string) {
    this.#script = script
    this.#lineEnd = this.#lineEndFrom(0)
  }

  run(): void {
    let at = 0
    while (at < this.#script.length) {
      const token = tokenAt(this.#script, at)
      at = token.end
      this.#take(token)
    }
    if (this.#start < at) this.#endStatement(at)
  }

  #take(token: Token): void {
    const { kind } = token
    if (kind === 'space' || kind === 'comment') return
    if (kind === 'semicolon' && this.#parentheses === 0 && this.#bodyDepth === 0) {
      this.#endStatement(token.end)
      return
    }
    if (kind === 'open') this.#parentheses++
    if (kind === 'close' && this.#parentheses > 0) this.#parentheses--
    // After a dot it is a name, even when it looks like a keyword.
    if (kind === 'word' && this.#lastToken?.kind !== 'dot') this.#takeWord(token)
    if (kind === 'backslash') this.#refusedReason ??= 'commands of psql (\\…) cannot run here: only SQL can'
    this.#firstToken ??= token
    this.#lastToken = token
  }

  #takeWord(token: Token): void {
    const isShort = token.end - token.start <= keywordLengthMax
    const word = isShort ? this.#script.slice(token.start, token.end).toLowerCase() : ''
    if (this.#firstWord === 'create') this.#followBody(word)
    if (this.#firstWord === 'copy' && this.#lastWord === 'from' && word === 'stdin') {
      this.#refusedReason ??= 'COPY … FROM STDIN needs psql: write the rows as INSERT statements'
    }
    if (this.#firstToken === undefined) this.#firstWord = word
    this.#lastWord = word
  }

  #followBody(word: string): void {
    if (word === 'atomic' && this.#lastWord === 'begin') this.#bodyDepth++
    // `as end` and `as case` are names of columns.
    if (this.#bodyDepth === 0 || this.#lastWord === 'as') return
    if (word === 'case') this.#bodyDepth++
    if (word === 'end') this.#bodyDepth--
  }

  #endStatement(end: number): void {
    const source = this.#script.slice(this.#start, end)
    const text = (source.endsWith(';') ? source.slice(0, -1) : source).trim()
    const textLine = this.#lineAt(this.#start + source.length - source.trimStart().length)
    const isBlank = this.#firstToken === undefined
    const line = this.#firstToken === undefined ? textLine : this.#lineAt(this.#firstToken.start)
    this.statements.push({ source, text, textLine, line, isBlank })
    if (this.#refusedReason !== undefined) this.refusal ??= { line, reason: this.#refusedReason }
    this.#start = end
    this.#firstToken = undefined
    this.#lastToken = undefined
    this.#firstWord = ''
    this.#lastWord = ''
    this.#parentheses = 0
    this.#bodyDepth = 0
  }

  /** The line of a position, which must not lie before the last one that was asked for. */
  #lineAt(position: number): number {
    while (this.#lineEnd < position) {
      this.#line++
      this.#lineEnd = this.#lineEndFrom(this.#lineEnd + 1)
    }
    return this.#line
  }

  #lineEndFrom(from: number): number {
    const at = this.#script.indexOf('\n', from)
    return at === -1 ? this.#script.length : at
  }
}

/** The lexer below the statement splitter: which piece of SQL begins at a position (PostgreSQL's lexical rules). Pure. */

export interface Token {
  /** `quoted` is a string, a quoted name or a dollar quote; `other` one character of anything else. */
  readonly kind:
    | 'space'
    | 'comment'
    | 'word'
    | 'quoted'
    | 'semicolon'
    | 'dot'
    | 'open'
    | 'close'
    | 'backslash'
    | 'other'
  readonly start: number
  /** Behind the last character; the script's end for what is not closed. Always greater than `start`. */
  readonly end: number
}

export function tokenAt(sql: string, start: number): Token {
  const end = commentEnd(sql, start)
  if (end !== undefined) return { kind: 'comment', start, end }
  const quoted = quotedEnd(sql, start)
  if (quoted !== undefined) return { kind: 'quoted', start, end: quoted }
  const code = sql.charCodeAt(start)
  if (isSpace(code)) return { kind: 'space', start, end: endWhile(sql, start, isSpace) }
  if (isWordStart(code)) return { kind: 'word', start, end: endWhile(sql, start, isWordPart) }
  return { kind: kindOf(sql.charAt(start)), start, end: start + 1 }
}

function kindOf(char: string): Token['kind'] {
  switch (char) {
    case ';':
      return 'semicolon'
    case '.':
      return 'dot'
    case '(':
      return 'open'
    case ')':
      return 'close'
    case '\\':
      return 'backslash'
    default:
      return 'other'
  }
}

function commentEnd(sql: string, start: number): number | undefined {
  if (sql.startsWith('--', start)) return endWhile(sql, start, (code) => code !== 10 && code !== 13)
  if (sql.startsWith('/*', start)) return blockCommentEnd(sql, start)
  return undefined
}

function quotedEnd(sql: string, start: number): number | undefined {
  switch (sql.charAt(start)) {
    case "'":
      return closedBy(sql, start + 1, "'")
    case '"':
      return closedBy(sql, start + 1, '"')
    case 'e':
    case 'E':
      return sql.charAt(start + 1) === "'" ? escapeStringEnd(sql, start + 2) : undefined
    case '$':
      return dollarQuoteEnd(sql, start)
    default:
      return undefined
  }
}

/** A doubled quote ends one string and begins the next: for finding semicolons that is the same. */
function closedBy(sql: string, from: number, quote: string): number {
  const at = sql.indexOf(quote, from)
  return at === -1 ? sql.length : at + quote.length
}

function escapeStringEnd(sql: string, from: number): number {
  for (let at = from; at < sql.length; at++) {
    const char = sql.charAt(at)
    if (char === '\\') at++
    else if (char === "'") {
      if (sql.charAt(at + 1) !== "'") return at + 1
      at++
    }
  }
  return sql.length
}

/** `$tag$ … $tag$`; undefined where the dollar begins no quote, as in `$1`. */
function dollarQuoteEnd(sql: string, start: number): number | undefined {
  const tagEnd = isWordStart(sql.charCodeAt(start + 1)) ? endWhile(sql, start + 1, isTagPart) : start + 1
  if (sql.charAt(tagEnd) !== '$') return undefined
  return closedBy(sql, tagEnd + 1, sql.slice(start, tagEnd + 1))
}

/** Comments of this kind nest. */
function blockCommentEnd(sql: string, start: number): number {
  let depth = 0
  let at = start
  while (at < sql.length) {
    if (sql.startsWith('/*', at)) depth++
    else if (sql.startsWith('*/', at)) depth--
    else {
      at++
      continue
    }
    at += 2
    if (depth === 0) return at
  }
  return sql.length
}

function endWhile(sql: string, start: number, matches: (code: number) => boolean): number {
  let end = start
  while (end < sql.length && matches(sql.charCodeAt(end))) end++
  return end
}

/** Blank, tab, line feed, vertical tab, form feed, carriage return. */
function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13)
}

/** Letters, the underscore, and everything beyond ASCII. */
function isWordStart(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || code >= 128
}

function isTagPart(code: number): boolean {
  return isWordStart(code) || (code >= 48 && code <= 57)
}

function isWordPart(code: number): boolean {
  return isTagPart(code) || code === 36
}

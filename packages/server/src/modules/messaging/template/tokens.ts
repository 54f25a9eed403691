/** Cuts a Go template into text and actions, and an action into tokens. Knows no meaning. */

export interface TextPart {
  readonly kind: 'text'
  readonly text: string
}

export interface ActionPart {
  readonly kind: 'action'
  readonly source: string
  /** Line in which it begins, 1-based. */
  readonly line: number
}

/** What is wrong with a template, and where. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'
  readonly line: number

  constructor(message: string, line: number) {
    super(message)
    this.line = line
  }
}

/** Comments are dropped; `{{-` and `-}}` take the white space beside them away. */
export function splitTemplate(source: string): (TextPart | ActionPart)[] {
  const parts: (TextPart | ActionPart)[] = []
  let position = 0
  let isTrimming = false
  const addText = (text: string, isTrimmed: boolean): void => {
    const start = isTrimming ? text.trimStart() : text
    const kept = isTrimmed ? start.trimEnd() : start
    if (kept !== '') parts.push({ kind: 'text', text: kept })
  }
  for (;;) {
    const open = source.indexOf('{{', position)
    if (open === -1) break
    const line = lineOf(source, open)
    const close = actionEnd(source, open + 2, line)
    const inner = source.slice(open + 2, close)
    const isTrimmedBefore = /^-\s/.test(inner)
    addText(source.slice(position, open), isTrimmedBefore)
    isTrimming = /\s-$/.test(inner)
    const action = inner.slice(isTrimmedBefore ? 1 : 0, isTrimming ? -1 : undefined).trim()
    if (!/^\/\*[^]*\*\/$/.test(action)) parts.push({ kind: 'action', source: action, line })
    position = close + 2
  }
  addText(source.slice(position), false)
  return parts
}

/** Where the action ends; `}}` within a text does not end it. */
function actionEnd(source: string, start: number, line: number): number {
  const end = /\}\}|"(?:[^"\\\n]|\\.)*"|`[^`]*`|\/\*[^]*?\*\//g
  end.lastIndex = start
  for (let match = end.exec(source); match !== null; match = end.exec(source)) {
    if (match[0] === '}}') return match.index
  }
  throw new TemplateError('an action is not closed by }}', line)
}

function lineOf(source: string, position: number): number {
  return source.slice(0, position).split('\n').length
}

export interface Token {
  readonly kind: 'text' | 'number' | 'variable' | 'field' | 'dot' | 'word' | 'sign'
  readonly value: string
  /** True when no white space stands before it: `(x).y`. */
  readonly isGlued: boolean
}

const tokenPattern =
  /(?<text>"(?:[^"\\\n]|\\.)*"|`[^`]*`)|(?<number>-?\d+(?:\.\d+)?)|(?<variable>\$\w*)|(?<field>\.[\p{L}_][\p{L}\p{N}_]*)|(?<dot>\.)|(?<word>[\p{L}_][\p{L}\p{N}_]*)|(?<sign>:=|=|\||\(|\)|,)/uy

export function tokensOf({ source, line }: ActionPart): Token[] {
  const tokens: Token[] = []
  let position = 0
  while (position < source.length) {
    const space = /^\s+/.exec(source.slice(position))?.[0].length ?? 0
    position += space
    if (position >= source.length) break
    tokenPattern.lastIndex = position
    const match = tokenPattern.exec(source)
    if (match === null)
      throw new TemplateError(`cannot read "${source.slice(position, position + 20)}"`, line)
    tokens.push({ ...tokenOf(match.groups ?? {}, line), isGlued: space === 0 && tokens.length > 0 })
    position = tokenPattern.lastIndex
  }
  return tokens
}

function tokenOf(groups: Readonly<Record<string, string | undefined>>, line: number): Omit<Token, 'isGlued'> {
  const { text, number, variable, field, dot, word, sign } = groups
  if (text !== undefined) return { kind: 'text', value: unquote(text, line) }
  if (number !== undefined) return { kind: 'number', value: number }
  if (variable !== undefined) return { kind: 'variable', value: variable }
  if (field !== undefined) return { kind: 'field', value: field.slice(1) }
  if (dot !== undefined) return { kind: 'dot', value: dot }
  if (word !== undefined) return { kind: 'word', value: word }
  return { kind: 'sign', value: sign ?? '' }
}

function unquote(text: string, line: number): string {
  if (text.startsWith('`')) return text.slice(1, -1)
  try {
    const value: unknown = JSON.parse(text.replaceAll(String.raw`\'`, "'"))
    return String(value)
  } catch (cause) {
    throw new TemplateError(`cannot read the text ${text}: ${String(cause)}`, line)
  }
}

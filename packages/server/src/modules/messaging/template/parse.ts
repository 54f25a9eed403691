/** Parses a Go template into a tree. Everything that cannot be done here is refused here, when the server starts. */
import { functions } from './functions.ts'
import {
  type ActionPart,
  splitTemplate,
  TemplateError,
  type TextPart,
  type Token,
  tokensOf,
} from './tokens.ts'

export type Operand =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  /** A variable with its dollar sign, or `.`, and the fields behind it. */
  | { readonly kind: 'path'; readonly root: string; readonly fields: readonly string[] }
  | { readonly kind: 'group'; readonly pipeline: Pipeline; readonly fields: readonly string[] }

/** A function with its arguments; one operand alone where `name` is undefined. */
export interface Command {
  readonly name: string | undefined
  readonly operands: readonly Operand[]
}

/** Each command's value is the last argument of the next. */
export type Pipeline = readonly Command[]

export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'output'; readonly pipeline: Pipeline }
  | { readonly kind: 'set'; readonly variable: string; readonly isNew: boolean; readonly pipeline: Pipeline }
  | {
      readonly kind: 'if' | 'with' | 'range'
      readonly pipeline: Pipeline
      readonly body: readonly Node[]
      readonly otherwise: readonly Node[]
    }

const charsMax = 262_144
const depthMax = 50

/** Throws a `TemplateError` that names the line. */
export function parseTemplate(source: string): readonly Node[] {
  if (source.length > charsMax) throw new TemplateError(`it is longer than ${charsMax} characters`, 1)
  const reader = new PartReader(splitTemplate(source))
  const { nodes, end } = readNodes(reader, 0)
  if (end !== undefined) throw new TemplateError(`{{ ${end.source} }} closes nothing`, end.line)
  return nodes
}

class PartReader {
  readonly #parts: readonly (TextPart | ActionPart)[]
  #next = 0

  constructor(parts: readonly (TextPart | ActionPart)[]) {
    this.#parts = parts
  }

  take(): TextPart | ActionPart | undefined {
    return this.#parts[this.#next++]
  }
}

/** Nodes up to an `end` or `else`, which is handed back. */
function readNodes(reader: PartReader, depth: number): { nodes: Node[]; end: ActionPart | undefined } {
  const nodes: Node[] = []
  for (let part = reader.take(); part !== undefined; part = reader.take()) {
    if (part.kind === 'text') {
      nodes.push(part)
      continue
    }
    const word = /^[a-z]+\b/.exec(part.source)?.[0]
    if (word === 'end' || word === 'else') return { nodes, end: part }
    nodes.push(isBlock(word) ? readBlock(reader, { part, word, depth }) : readAction(part))
  }
  return { nodes, end: undefined }
}

function isBlock(word: string | undefined): word is 'if' | 'with' | 'range' {
  return word === 'if' || word === 'with' || word === 'range'
}

interface Opening {
  readonly part: ActionPart
  readonly word: 'if' | 'with' | 'range'
  readonly depth: number
}

function readBlock(reader: PartReader, { part, word, depth }: Opening): Node {
  if (depth >= depthMax) throw new TemplateError('blocks are nested too deeply', part.line)
  const tokens = new TokenReader(tokensOf(part).slice(1), part.line)
  const pipeline = readPipeline(tokens)
  tokens.expectEnd()
  const body = readNodes(reader, depth + 1)
  const { nodes: otherwise } = readElse(reader, { part, word, depth }, body.end)
  return { kind: word, pipeline, body: body.nodes, otherwise }
}

function readElse(
  reader: PartReader,
  opening: Opening,
  end: ActionPart | undefined,
): { nodes: readonly Node[] } {
  const { part, depth } = opening
  if (end === undefined) throw new TemplateError(`{{ ${part.source} }} has no {{ end }}`, part.line)
  if (end.source === 'end') return { nodes: [] }
  const chained = /^else\s+(if|with)\b/.exec(end.source)?.[1]
  if (chained === 'if' || chained === 'with') {
    const inner = { ...end, source: end.source.replace(/^else\s+/, '') }
    return { nodes: [readBlock(reader, { part: inner, word: chained, depth: depth + 1 })] }
  }
  if (end.source !== 'else') throw new TemplateError(`cannot read {{ ${end.source} }}`, end.line)
  const rest = readNodes(reader, depth + 1)
  if (rest.end?.source !== 'end') throw new TemplateError(`{{ ${part.source} }} has no {{ end }}`, part.line)
  return rest
}

const unsupported = new Set(['define', 'template', 'block', 'break', 'continue'])

function readAction(part: ActionPart): Node {
  const tokens = new TokenReader(tokensOf(part), part.line)
  const first = tokens.peek()
  if (first?.kind === 'word' && unsupported.has(first.value))
    throw new TemplateError(`{{ ${first.value} }} is not supported`, part.line)
  const sign = tokens.peek(1)?.value
  if (first?.kind === 'variable' && (sign === ':=' || sign === '=')) {
    tokens.take()
    tokens.take()
    const pipeline = readPipeline(tokens)
    tokens.expectEnd()
    return { kind: 'set', variable: first.value, isNew: sign === ':=', pipeline }
  }
  const pipeline = readPipeline(tokens)
  tokens.expectEnd()
  return { kind: 'output', pipeline }
}

class TokenReader {
  readonly #tokens: readonly Token[]
  readonly line: number
  #next = 0
  #depth = 0

  constructor(tokens: readonly Token[], line: number) {
    this.#tokens = tokens
    this.line = line
  }

  peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#next + ahead]
  }

  take(): Token | undefined {
    return this.#tokens[this.#next++]
  }

  expectEnd(): void {
    const rest = this.peek()
    if (rest !== undefined) throw new TemplateError(`"${rest.value}" is one too many`, this.line)
  }

  /** Runs `read` one level deeper, within bounds. */
  nested<T>(read: () => T): T {
    this.#depth++
    if (this.#depth > depthMax) throw new TemplateError('parentheses are nested too deeply', this.line)
    const result = read()
    this.#depth--
    return result
  }
}

function readPipeline(tokens: TokenReader): Pipeline {
  const commands = [readCommand(tokens, false)]
  while (tokens.peek()?.value === '|' && tokens.peek()?.kind === 'sign') {
    tokens.take()
    commands.push(readCommand(tokens, true))
  }
  return commands
}

function readCommand(tokens: TokenReader, isPiped: boolean): Command {
  const first = tokens.peek()
  const isFunction = first?.kind === 'word' && !literals.has(first.value)
  const name = isFunction ? tokens.take()?.value : undefined
  if (name !== undefined && !Object.hasOwn(functions, name))
    throw new TemplateError(`there is no function ${name}`, tokens.line)
  const operands: Operand[] = []
  for (let operand = readOperand(tokens); operand !== undefined; operand = readOperand(tokens))
    operands.push(operand)
  if (name === undefined && operands.length === 0)
    throw new TemplateError('something is missing', tokens.line)
  if (name === undefined && (operands.length > 1 || isPiped))
    throw new TemplateError('only a function takes arguments', tokens.line)
  return { name, operands }
}

const literals = new Map<string, boolean | null>([
  ['true', true],
  ['false', false],
  ['nil', null],
])

function readOperand(tokens: TokenReader): Operand | undefined {
  const token = tokens.peek()
  if (token === undefined || (token.kind === 'sign' && token.value !== '(')) return undefined
  tokens.take()
  switch (token.kind) {
    case 'text':
      return { kind: 'literal', value: token.value }
    case 'number':
      return { kind: 'literal', value: Number(token.value) }
    case 'variable':
      return { kind: 'path', root: token.value, fields: readFields(tokens) }
    case 'field':
      return { kind: 'path', root: '.', fields: [token.value, ...readFields(tokens)] }
    case 'dot':
      return { kind: 'path', root: '.', fields: [] }
    case 'word': {
      const value = literals.get(token.value)
      return value === undefined ? lonelyFunction(token.value, tokens.line) : { kind: 'literal', value }
    }
    case 'sign': {
      const pipeline = tokens.nested(() => readPipeline(tokens))
      if (tokens.take()?.value !== ')') throw new TemplateError('a parenthesis is not closed', tokens.line)
      return { kind: 'group', pipeline, fields: readFields(tokens) }
    }
  }
}

/** A function as an argument, without arguments of its own. */
function lonelyFunction(name: string, line: number): Operand {
  if (!Object.hasOwn(functions, name)) throw new TemplateError(`there is no function ${name}`, line)
  return { kind: 'group', pipeline: [{ name, operands: [] }], fields: [] }
}

function readFields(tokens: TokenReader): string[] {
  const fields: string[] = []
  for (let next = tokens.peek(); next?.kind === 'field' && next.isGlued; next = tokens.peek()) {
    fields.push(next.value)
    tokens.take()
  }
  return fields
}

/** Fills a parsed template with values. Bounded in work and output; values are only read, never run. */
import { entryOf, functions, isTruthy, textOf } from './functions.ts'
import { HtmlPosition } from './html-position.ts'
import type { Command, Node, Operand, Pipeline } from './parse.ts'

export type TemplateVariables = Readonly<Record<string, unknown>>

const stepsMax = 100_000
const outputCharsMax = 1_000_000

/** Every value escaped for the place in which it stands. */
export function renderHtml(nodes: readonly Node[], variables: TemplateVariables): string {
  const position = new HtmlPosition()
  return render(nodes, variables, {
    pass: (text) => {
      position.pass(text)
      return text
    },
    escape: (value) => position.escape(value),
  })
}

/** As it is, for places that know no markup, such as subjects. */
export function renderText(nodes: readonly Node[], variables: TemplateVariables): string {
  return render(nodes, variables, { pass: (text) => text, escape: (value) => value })
}

interface Output {
  pass(text: string): string
  escape(value: string): string
}

function render(nodes: readonly Node[], variables: TemplateVariables, output: Output): string {
  const run = new Run(output)
  run.nodes(nodes, { dot: variables, names: new Map<string, unknown>([['$', variables]]) })
  return run.written
}

interface Frame {
  readonly dot: unknown
  readonly names: Map<string, unknown>
}

class Run {
  readonly #output: Output
  #steps = 0
  written = ''

  constructor(output: Output) {
    this.#output = output
  }

  nodes(nodes: readonly Node[], frame: Frame): void {
    for (const node of nodes) this.#node(node, frame)
  }

  #node(node: Node, frame: Frame): void {
    this.#steps++
    if (this.#steps > stepsMax || this.written.length > outputCharsMax)
      throw new Error('the template makes too much of its values')
    switch (node.kind) {
      case 'text':
        this.written += this.#output.pass(node.text)
        return
      case 'output':
        this.written += this.#output.escape(textOf(this.#pipeline(node.pipeline, frame)))
        return
      case 'set':
        frame.names.set(node.variable, this.#pipeline(node.pipeline, frame))
        return
      case 'if':
        this.nodes(isTruthy(this.#pipeline(node.pipeline, frame)) ? node.body : node.otherwise, frame)
        return
      case 'with': {
        const dot = this.#pipeline(node.pipeline, frame)
        if (isTruthy(dot)) this.nodes(node.body, { ...frame, dot })
        else this.nodes(node.otherwise, frame)
        return
      }
      case 'range': {
        const items = itemsOf(this.#pipeline(node.pipeline, frame))
        for (const dot of items) this.nodes(node.body, { ...frame, dot })
        if (items.length === 0) this.nodes(node.otherwise, frame)
      }
    }
  }

  #pipeline(pipeline: Pipeline, frame: Frame): unknown {
    let piped: readonly unknown[] = []
    for (const command of pipeline) piped = [this.#command(command, frame, piped)]
    return piped[0]
  }

  #command({ name, operands }: Command, frame: Frame, piped: readonly unknown[]): unknown {
    const values = [...operands.map((operand) => this.#operand(operand, frame)), ...piped]
    return name === undefined ? values[0] : functions[name]?.(...values)
  }

  #operand(operand: Operand, frame: Frame): unknown {
    switch (operand.kind) {
      case 'literal':
        return operand.value
      case 'path':
        return follow(operand.root === '.' ? frame.dot : frame.names.get(operand.root), operand.fields)
      case 'group':
        return follow(this.#pipeline(operand.pipeline, frame), operand.fields)
    }
  }
}

function follow(value: unknown, fields: readonly string[]): unknown {
  let found = value
  for (const field of fields) found = entryOf(found, field)
  return found
}

function itemsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  return typeof value === 'object' && value !== null ? Object.values(value) : []
}

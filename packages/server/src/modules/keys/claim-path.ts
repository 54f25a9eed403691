/**
 * Where in the claims the role stands: a JSON path (RFC 9535) of names, indexes, wildcards and comparisons, or the older
 * form of PostgREST (`.app.roles[?(@ ^== "web_")]`).
 */
import type { Claims } from '@plinth/protocol'

/** From the values found so far to those one step further. */
type Step = (values: readonly unknown[]) => readonly unknown[]

const plainName = /\.?([\p{L}\p{N}_$@-]+)/uy
const wildcard = /\.\*|\[\s*\*\s*\]/y
const quotedName = /\.?"((?:[^"\\]|\\.)*)"|\[\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\s*\]/y
const index = /\[\s*(-?\d{1,9})\s*\]/y
const filter =
  /\[\s*\?\s*\(?\s*@((?:\.[\w$-]+)*)\s*(==\^|\^==|\*==|==|!=)\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\s*\)?\s*\]/y

/** Answers the first value that the path finds; undefined when `text` is no path that we know. */
export function parseClaimPath(text: string): ((claims: Claims) => unknown) | undefined {
  const path = text.startsWith('$') ? text.slice(1) : text
  const steps: Step[] = []
  for (let at = 0; at < path.length;) {
    const read = readStep(path, at)
    if (read === undefined) return undefined
    steps.push(read.step)
    at = read.end
  }
  return (claims) => steps.reduce<readonly unknown[]>((values, step) => step(values), [claims])[0]
}

function readStep(path: string, at: number): { step: Step; end: number } | undefined {
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    return pattern.exec(path)
  }
  const any = take(wildcard)
  if (any !== null) return { step: (values) => values.flatMap(childrenOf), end: at + any[0].length }
  const item = take(index)
  if (item !== null) return { step: itemAt(Number(item[1])), end: at + item[0].length }
  const found = take(filter)
  if (found !== null) return { step: filterOf(found), end: at + found[0].length }
  const quoted = take(quotedName)
  if (quoted !== null) {
    const name = unescape(quoted[1] ?? quoted[2] ?? quoted[3] ?? '')
    return { step: member(name), end: at + quoted[0].length }
  }
  const plain = path[at] === '.' ? take(plainName) : null
  return plain === null ? undefined : { step: member(plain[1] ?? ''), end: at + plain[0].length }
}

function member(name: string): Step {
  return (values) =>
    values.flatMap((value) => (isObject(value) && Object.hasOwn(value, name) ? [value[name]] : []))
}

function itemAt(place: number): Step {
  return (values) =>
    values.flatMap((value) => {
      if (!Array.isArray(value)) return []
      const item: unknown = value.at(place)
      return item === undefined ? [] : [item]
    })
}

function filterOf([, path = '', operator = '', double, single]: RegExpExecArray): Step {
  const wanted = unescape(double ?? single ?? '')
  const names = path === '' ? [] : path.slice(1).split('.')
  const inner = names.map(member)
  return (values) =>
    values.flatMap(childrenOf).filter((child) => {
      const [value] = inner.reduce<readonly unknown[]>((found, step) => step(found), [child])
      return typeof value === 'string' && compare(operator, value, wanted)
    })
}

function compare(operator: string, value: string, wanted: string): boolean {
  switch (operator) {
    case '==':
      return value === wanted
    case '!=':
      return value !== wanted
    case '^==':
      return value.startsWith(wanted)
    case '==^':
      return value.endsWith(wanted)
    default:
      return value.includes(wanted)
  }
}

function childrenOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  return isObject(value) ? Object.values(value) : []
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function unescape(text: string): string {
  return text.replaceAll(/\\(.)/g, '$1')
}

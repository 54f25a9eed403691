/** The functions of Go templates that e-mails use. Values are JSON values; nothing else can get in. */

type TemplateFunction = (...values: readonly unknown[]) => unknown

/** Whether Go counts the value as true: not false, 0, empty or nothing. */
export function isTruthy(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === 0 || value === '') return false
  if (Array.isArray(value)) return value.length > 0
  return typeof value === 'object' ? Object.keys(value).length > 0 : true
}

/** A value as text; nothing for nothing. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  // Half a surrogate pair can neither be sent nor percent-encoded.
  return text.replaceAll(/\p{Cs}/gu, '\uFFFD')
}

/** The own entry of an object or array; undefined for anything else, so that no prototype is ever reached. */
export function entryOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  const entry: unknown = Reflect.get(value, key)
  return typeof entry === 'function' ? undefined : entry
}

export const functions: Readonly<Record<string, TemplateFunction>> = {
  and: (...values) => values.find((value) => !isTruthy(value)) ?? values.at(-1),
  or: (...values) => values.find(isTruthy) ?? values.at(-1),
  not: (value) => !isTruthy(value),
  eq: (first, ...others) => others.some((other) => isEqual(first, other)),
  ne: (first, other) => !isEqual(first, other),
  lt: (a, b) => compare(a, b) < 0,
  le: (a, b) => compare(a, b) <= 0,
  gt: (a, b) => compare(a, b) > 0,
  ge: (a, b) => compare(a, b) >= 0,
  len: (value) => lengthOf(value),
  index: (value, ...keys) => {
    let entry = value
    for (const key of keys) entry = entryOf(entry, textOf(key))
    return entry
  },
  print: (...values) => values.map(textOf).join(''),
  println: (...values) => `${values.map(textOf).join(' ')}\n`,
  printf: (format, ...values) => formatted(textOf(format), values),
  html: (...values) => values.map(textOf).join(''),
  js: (...values) => JSON.stringify(values.map(textOf).join('')).slice(1, -1),
  urlquery: (...values) => encodeURIComponent(values.map(textOf).join('')),
}

function isEqual(a: unknown, b: unknown): boolean {
  return (a ?? null) === (b ?? null)
}

/** NaN, of which nothing is true, for values that have no order among them. */
function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a !== 'string' || typeof b !== 'string') return Number.NaN
  return a < b ? -1 : Number(a > b)
}

function lengthOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value)
  if (Array.isArray(value)) return value.length
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0
}

function formatted(format: string, values: readonly unknown[]): string {
  let next = 0
  return format.replaceAll(/%[svdqt%]/g, (verb) => {
    if (verb === '%%') return '%'
    const value = textOf(values[next++])
    return verb === '%q' ? JSON.stringify(value) : value
  })
}

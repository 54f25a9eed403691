/** Status and headers that functions in the database have set for the answer (`response.status`, `response.headers`). */
import { Failure } from '../../../kernel/failure.ts'
import type { Outcome } from '../outcome.ts'

/** Names and values may come from users' data: what no header can hold is refused, as is what is no list of headers. */
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/

/** Refuses with `response_status_invalid` or `response_headers_invalid`. */
export function applyOverrides(outcome: Outcome, status: number, headers: Headers): number {
  if (outcome.headers !== null) {
    const given = parseHeaders(outcome.headers)
    // The first value of a name takes the place of ours, all others are added.
    for (const name of new Set(given.map(([key]) => key.toLowerCase()))) headers.delete(name)
    for (const [name, value] of given) headers.append(name, value)
  }
  return outcome.status === null ? status : parseStatus(outcome.status)
}

function parseStatus(text: string): number {
  const status = /^\d{3}/.exec(text)?.[0]
  const number = Number(status)
  if (status === undefined || number < 200 || number > 599) throw new Failure('response_status_invalid', {})
  return number
}

function parseHeaders(text: string): readonly (readonly [string, string])[] {
  const list = parseJson(text)
  if (!Array.isArray(list)) return refuse()
  return list.map((item: unknown) => {
    if (typeof item !== 'object' || item === null) return refuse()
    const [entry, second] = Object.entries(item)
    if (entry === undefined || second !== undefined) return refuse()
    const [name, value]: readonly [string, unknown] = entry
    if (typeof value !== 'string' || !headerName.test(name) || !headerValue.test(value)) return refuse()
    return [name, value]
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return refuse()
  }
}

function refuse(): never {
  throw new Failure('response_headers_invalid', {})
}

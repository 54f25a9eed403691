/** Takes the query part of a URL apart. What it lets through is Unicode text without NUL. */
import { Failure } from '../../../kernel/failure.ts'

export type Pair = readonly [key: string, value: string]

/** More than any HTTP server takes in a request line by default; keeps the work for one request bounded. */
const lengthMax = 256 * 1024
const pairsMax = 2000

/** Keys and values in their order, decoded. Refuses broken UTF-8, broken escapes and NUL with `query_invalid`. */
export function parseQueryString(search: string): readonly Pair[] {
  if (search.length <= 1) return []
  if (search.length > lengthMax) refuse(`the query is longer than ${lengthMax} characters`)
  const parts = (search.startsWith('?') ? search.slice(1) : search).split('&')
  if (parts.length > pairsMax) refuse(`the query has more than ${pairsMax} parameters`)
  return parts.filter((part) => part !== '').map(parsePair)
}

function parsePair(part: string): Pair {
  const equals = part.indexOf('=')
  if (equals === -1) return [decode(part), '']
  return [decode(part.slice(0, equals)), decode(part.slice(equals + 1))]
}

/** Decodes `+` and `%XX`; a `%` that begins no escape stands for itself. Most parts hold neither. */
function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  const decoded = spaced.includes('%') ? decodePercents(spaced) : spaced
  if (decoded.includes('\0')) refuse('it holds a NUL character')
  return decoded
}

function decodePercents(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll(/%(?![0-9a-f]{2})/gi, '%25'))
  } catch {
    return refuse('it holds escapes that are not UTF-8')
  }
}

function refuse(reason: string): never {
  throw new Failure('query_invalid', { message: 'failed to parse the query string', details: reason })
}

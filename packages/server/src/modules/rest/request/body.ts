/** The body of a write or a call: its bytes as they came, and the names that it gives values to. */
import { Failure } from '../../../kernel/failure.ts'
import { parseCsv } from './csv.ts'
import { parseMediaType } from './media-type.ts'
import { parseQueryString, type Pair } from './query-string.ts'

export type Body = JsonBody | FormBody | RawBody

/** JSON text: an object, or an array of objects that all have the same keys. */
export interface JsonBody {
  readonly kind: 'json'
  readonly json: string | Uint8Array
  readonly isObject: boolean
  readonly keys: readonly string[]
  /** It came as CSV. */
  readonly isCsv?: true
}

/** A form that was sent to a function: each field is an argument. */
export interface FormBody {
  readonly kind: 'form'
  readonly pairs: readonly Pair[]
}

/** For functions with one unnamed parameter. */
export interface RawBody {
  readonly kind: 'raw'
  readonly mediaType: 'text/plain' | 'text/xml' | 'application/octet-stream'
  readonly bytes: Uint8Array
}

export interface BodyInput {
  readonly bytes: Uint8Array
  readonly contentType: string | null
  /** The `columns` parameter: with it the keys of the body need not be looked at. */
  readonly columns: readonly string[] | undefined
  readonly isCall: boolean
}

const utf8 = new TextDecoder('utf-8', { fatal: true })
const whitespace = new Set([0x20, 0x09, 0x0a, 0x0d])
const openBrace = 0x7b

/** Refuses with `body_invalid` what is not what its content type says, or a content type that has no place here. */
export function parseBody(input: BodyInput): Body {
  const type = input.contentType === null ? 'application/json' : parseMediaType(input.contentType).name
  switch (type) {
    case 'application/json':
    case 'application/vnd.pgrst.object+json':
    case 'application/vnd.pgrst.array+json':
      return parseJson(input)
    case 'text/csv':
      return parseCsvBody(input.bytes)
    case 'application/x-www-form-urlencoded':
      return parseForm(input)
    case 'text/plain':
    case 'text/xml':
    case 'application/octet-stream':
      if (input.isCall) return { kind: 'raw', mediaType: type, bytes: input.bytes }
      return refuse(`Content-Type not acceptable: ${type}`)
    default:
      return refuse(`Content-Type not acceptable: ${type}`)
  }
}

function parseJson(input: BodyInput): JsonBody {
  const { bytes, columns } = input
  // PostgreSQL reads it anyway; reading it here as well would only be needed for the names of its columns.
  if (columns !== undefined) {
    return { kind: 'json', json: bytes, isObject: looksLikeObject(bytes), keys: columns }
  }
  if (bytes.length === 0 && input.isCall) return { kind: 'json', json: '{}', isObject: true, keys: [] }
  const value = decodeJson(bytes)
  if (Array.isArray(value)) {
    return { kind: 'json', json: bytes, isObject: false, keys: commonKeys(value) }
  }
  if (isObject(value)) return { kind: 'json', json: bytes, isObject: true, keys: Object.keys(value) }
  return { kind: 'json', json: '[]', isObject: false, keys: [] }
}

function decodeJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(bytes))
  } catch {
    return refuse('Empty or invalid json')
  }
}

function looksLikeObject(bytes: Uint8Array): boolean {
  return bytes.find((byte) => !whitespace.has(byte)) === openBrace
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function commonKeys(rows: readonly unknown[]): readonly string[] {
  const [first] = rows
  if (first === undefined) return []
  const keys = isObject(first) ? Object.keys(first) : []
  for (const row of rows) {
    const isSame =
      isObject(row) && Object.keys(row).length === keys.length && keys.every((key) => Object.hasOwn(row, key))
    if (!isSame) refuse('All object keys must match')
  }
  return keys
}

function parseCsvBody(bytes: Uint8Array): JsonBody {
  const { columns, rows } = parseCsv(decodeText(bytes))
  return { kind: 'json', json: JSON.stringify(rows), isObject: false, keys: columns, isCsv: true }
}

function parseForm(input: BodyInput): Body {
  const pairs = decodeForm(decodeText(input.bytes))
  if (input.isCall) return { kind: 'form', pairs }
  const row = Object.fromEntries(pairs)
  return { kind: 'json', json: JSON.stringify(row), isObject: true, keys: Object.keys(row) }
}

function decodeForm(text: string): readonly Pair[] {
  try {
    return parseQueryString(text === '' ? '' : `?${text}`)
  } catch {
    return refuse('The form is not valid URL-encoded UTF-8')
  }
}

function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    return refuse('The body is not valid UTF-8')
  }
}

function refuse(reason: string): never {
  throw new Failure('body_invalid', { reason })
}

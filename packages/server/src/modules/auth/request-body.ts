/** Reads the JSON body of a request field by field. A field that is null counts as not sent, as in GoTrue. */
import { Failure } from '../../kernel/failure.ts'
import type { Call } from '../../kernel/module.ts'

export type JsonObject = Readonly<Record<string, unknown>>

export class RequestBody {
  readonly #fields: JsonObject

  constructor(fields: JsonObject) {
    this.#fields = fields
  }

  /** The text of a field; empty where it was not sent. */
  text(name: string): string {
    return this.optionalText(name) ?? ''
  }

  optionalText(name: string): string | undefined {
    const value = this.#fields[name] ?? undefined
    if (value === undefined || typeof value === 'string') return value
    throw badField(name, 'a text')
  }

  /** Whether the field is true; `fallback` where it was not sent. */
  flag(name: string, fallback = false): boolean {
    const value = this.#fields[name] ?? fallback
    if (typeof value === 'boolean') return value
    throw badField(name, 'true or false')
  }

  /** A JSON object that PostgreSQL can keep; undefined where it was not sent. */
  object(name: string): JsonObject | undefined {
    const value = this.#fields[name] ?? undefined
    if (value === undefined) return undefined
    if (!isObject(value)) throw badField(name, 'an object')
    if (!isStorable(value))
      throw new Failure('validation_failed', { message: `${name} holds characters that cannot be stored` })
    return value
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true })

/** Refuses with `bad_json` what is not a JSON object. */
export async function readRequestBody(call: Call): Promise<RequestBody> {
  return new RequestBody(parseObject(await call.readBody()))
}

/** As `readRequestBody`, but nothing at all counts as an empty object. */
export async function readOptionalBody(call: Call): Promise<RequestBody> {
  const bytes = await call.readBody()
  return new RequestBody(bytes.length === 0 ? {} : parseObject(bytes))
}

function parseObject(bytes: Uint8Array): JsonObject {
  const value = parseJson(bytes)
  if (isObject(value)) return value
  throw new Failure('bad_json', { reason: 'it is not an object' })
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(strictUtf8.decode(bytes))
  } catch (cause) {
    // The parser's own message would quote the body, and with it a password.
    throw new Failure(
      'bad_json',
      { reason: bytes.length === 0 ? 'it is empty' : 'it is not JSON' },
      { cause },
    )
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** PostgreSQL's jsonb has no place for NUL, nor for half a surrogate pair; JSON.stringify writes both as escapes. */
function isStorable(value: JsonObject): boolean {
  return !/(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][\da-f]{2})/.test(JSON.stringify(value))
}

function badField(name: string, expected: string): Failure {
  return new Failure('bad_json', { reason: `the field ${name} must be ${expected}` })
}

/** PostgreSQL's types as OpenAPI 2.0 names them. */

export type OpenApiType = 'string' | 'boolean' | 'integer' | 'number' | 'array' | 'object'

/** Part of a description; an entry that is undefined is left out when it is written. */
export type Part = Readonly<Record<string, unknown>>

const types: Readonly<Record<string, OpenApiType | undefined>> = {
  'character varying': 'string',
  character: 'string',
  text: 'string',
  boolean: 'boolean',
  smallint: 'integer',
  integer: 'integer',
  bigint: 'integer',
  numeric: 'number',
  real: 'number',
  'double precision': 'number',
}

const integerFormats: Readonly<Record<string, string | undefined>> = {
  smallint: 'int32',
  integer: 'int32',
  bigint: 'int64',
}

/** undefined for JSON, which can be anything. */
export function openApiType(type: string): OpenApiType | undefined {
  if (type === 'json' || type === 'jsonb') return undefined
  return types[type] ?? (type.endsWith('[]') ? 'array' : 'string')
}

export function openApiFormat(type: string): string {
  return integerFormats[type] ?? type
}

/** Type, format and, for arrays, the type of their items. */
export function typePart(type: string): Part {
  const isArray = openApiType(type) === 'array'
  return {
    type: openApiType(type),
    format: openApiFormat(type),
    items: isArray ? { type: openApiType(elementType(type)) } : undefined,
  }
}

export function elementType(type: string): string {
  return type.slice(0, -2)
}

/** A comment's first line, and what comes after it. */
export function splitComment(comment: string | null): {
  first: string | undefined
  rest: string | undefined
} {
  if (comment === null) return { first: undefined, rest: undefined }
  const end = comment.indexOf('\n')
  if (end === -1) return { first: comment, rest: undefined }
  const rest = comment.slice(end).replace(/^\n+/, '')
  return { first: comment.slice(0, end), rest: rest === '' ? undefined : rest }
}

export function textOr(text: string | null): string | undefined {
  return text ?? undefined
}

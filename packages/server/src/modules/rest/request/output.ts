/** In which form an answer can be given: what we can make by ourselves, of any rows. */
import type { MediaHandler } from '../../../db/catalog/index.ts'
import type { MediaType } from './media-type.ts'

export interface Output {
  /** `object`: exactly one row, without the array around it; `handler`: as the database writes it. */
  readonly form: 'json' | 'object' | 'csv' | 'geojson' | 'handler'
  readonly handler?: MediaHandler
  /** Leaves out what is null. */
  readonly stripsNulls: boolean
  readonly contentType: string
  /** In place of the rows, how PostgreSQL would find them. */
  readonly explain?: ExplainWish
}

export interface ExplainWish {
  readonly format: 'json' | 'text'
  readonly options: readonly ExplainOption[]
}

export const explainOptions = ['analyze', 'verbose', 'settings', 'buffers', 'wal'] as const
export type ExplainOption = (typeof explainOptions)[number]

export const jsonOutput: Output = {
  form: 'json',
  stripsNulls: false,
  contentType: 'application/json; charset=utf-8',
}

/** Forms with a meaning of their own, which no database can change. */
export function vendorOutput(type: MediaType): Output | undefined {
  const stripsNulls = type.parameters.get('nulls') === 'stripped'
  switch (type.name) {
    case 'application/vnd.pgrst.object+json':
    case 'application/vnd.pgrst.object':
      return vendor('object', stripsNulls)
    case 'application/vnd.pgrst.array+json':
    case 'application/vnd.pgrst.array':
      return stripsNulls ? vendor('json', true) : undefined
    default:
      return undefined
  }
}

/** What we make where the database makes nothing. */
export function ownOutput(name: string): Output | undefined {
  switch (name) {
    case '*/*':
    case 'application/*':
    case 'application/json':
    case 'application/vnd.pgrst.array+json':
    case 'application/vnd.pgrst.array':
      return jsonOutput
    case 'text/csv':
      return { form: 'csv', stripsNulls: false, contentType: 'text/csv; charset=utf-8' }
    case 'application/geo+json':
      return { form: 'geojson', stripsNulls: false, contentType: 'application/geo+json; charset=utf-8' }
    default:
      return undefined
  }
}

function vendor(form: 'json' | 'object', stripsNulls: boolean): Output {
  const name = form === 'object' ? 'object' : 'array'
  const nulls = stripsNulls ? ';nulls=stripped' : ''
  return {
    form,
    stripsNulls,
    contentType: `application/vnd.pgrst.${name}+json${nulls}; charset=utf-8`,
  }
}

const texts = new Set([
  'application/json',
  'application/geo+json',
  'application/openapi+json',
  'text/csv',
  'text/plain',
  'text/xml',
])

export function handlerOutput(handler: MediaHandler): Output {
  const { contentType } = handler
  return {
    form: 'handler',
    handler,
    stripsNulls: false,
    contentType: texts.has(contentType) ? `${contentType}; charset=utf-8` : contentType,
  }
}

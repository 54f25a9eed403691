/** In which form the answer is wanted, chosen from what the caller accepts and what we can make. */
import { Failure } from '../../../kernel/failure.ts'
import { parseAccept, type MediaType } from './media-type.ts'

export interface Output {
  /** `object`: exactly one row, without the array around it. */
  readonly form: 'json' | 'object' | 'csv'
  /** Leaves out what is null. */
  readonly stripsNulls: boolean
  readonly contentType: string
}

const jsonOutput: Output = {
  form: 'json',
  stripsNulls: false,
  contentType: 'application/json; charset=utf-8',
}

/** The first accepted type that we can make, or a refusal: `media_type_unavailable`. */
export function chooseOutput(header: string | null): Output {
  // What nearly everyone sends.
  if (header === null || header === '*/*' || header === 'application/json') return jsonOutput
  const accepted = parseAccept(header)
  for (const type of accepted) {
    const output = outputFor(type)
    if (output !== undefined) return output
  }
  throw new Failure('media_type_unavailable', { accepted: accepted.map((type) => type.name) })
}

function outputFor(type: MediaType): Output | undefined {
  const stripsNulls = type.parameters.get('nulls') === 'stripped'
  switch (type.name) {
    case '*/*':
    case 'application/*':
    case 'application/json':
      return jsonOutput
    case 'application/vnd.pgrst.object+json':
    case 'application/vnd.pgrst.object':
      return vendor('object', stripsNulls)
    case 'application/vnd.pgrst.array+json':
    case 'application/vnd.pgrst.array':
      return stripsNulls ? vendor('json', true) : jsonOutput
    case 'text/csv':
      return { form: 'csv', stripsNulls: false, contentType: 'text/csv; charset=utf-8' }
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

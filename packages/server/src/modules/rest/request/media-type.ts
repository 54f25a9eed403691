/** Media types: the `Accept` and `Content-Type` headers. */

export interface MediaType {
  /** `application/json`, in lower case. */
  readonly name: string
  readonly parameters: ReadonlyMap<string, string>
}

const tokens = /^\s*([a-z0-9!#$&^_.+*-]+)\/([a-z0-9!#$&^_.+*-]+)\s*((?:;.*)?)$/is
const parameter = /;\s*([a-z0-9-]+)\s*=\s*(?:"([^"]*)"|([^;\s]*))/gi

/** A media type as it stands in a header; what cannot be read is a type of that whole name, which nobody offers. */
export function parseMediaType(text: string): MediaType {
  const found = tokens.exec(text)
  if (found === null) return { name: text.trim().toLowerCase(), parameters: new Map() }
  const [, main = '', sub = '', rest = ''] = found
  const parameters = new Map<string, string>()
  for (const [, name = '', quoted, plain] of rest.matchAll(parameter)) {
    parameters.set(name.toLowerCase(), quoted ?? plain ?? '')
  }
  return { name: `${main}/${sub}`.toLowerCase(), parameters }
}

/** All types of an `Accept` header, the most wanted first; those of one quality in their order. */
export function parseAccept(header: string | null): readonly MediaType[] {
  if (header === null || header.trim() === '') return [anything]
  const types = splitOutsideQuotes(header).map(parseMediaType)
  if (!header.includes('q=')) return types
  return types.toSorted((a, b) => qualityOf(b) - qualityOf(a))
}

const anything: MediaType = { name: '*/*', parameters: new Map() }

function qualityOf(type: MediaType): number {
  const quality = Number(type.parameters.get('q') ?? 1)
  return Number.isFinite(quality) ? quality : 0
}

function splitOutsideQuotes(header: string): readonly string[] {
  if (!header.includes(',')) return [header]
  return header.match(/(?:"[^"]*"|[^,"])+/g) ?? []
}

/** Chooses the form of the answer from what the caller accepts, what the database can write, and what we can. */
import {
  handlerKey,
  type Catalog,
  type MediaHandler,
  type Qualified,
  type Routine,
} from '../../../db/catalog/index.ts'
import { Failure } from '../../../kernel/failure.ts'
import { parseAccept, parseMediaType, type MediaType } from '../request/media-type.ts'
import {
  explainOptions,
  handlerOutput,
  jsonOutput,
  ownOutput,
  vendorOutput,
  type Output,
} from '../request/output.ts'
import type { RequestWords } from '../request/request.ts'
import { findCalled } from './call-plan.ts'
import { requireTable } from './table.ts'

/** The first accepted type that can be had, or a refusal: `media_type_unavailable`. */
export function negotiate(request: RequestWords, catalog: Catalog, hasPlans: boolean): Output {
  const target = targetOf(request, catalog)
  const find = (type: MediaType): Output | undefined => {
    const vendor = vendorOutput(type)
    if (vendor !== undefined) return vendor
    const handler = findHandler(type.name, target, catalog)
    return handler === undefined ? ownOutput(type.name) : handlerOutput(handler)
  }
  const accepted = parseAccept(request.accept)
  for (const type of accepted) {
    const explained = explainedType(type)
    const output = explained === undefined ? find(type) : hasPlans ? explain(type, find) : undefined
    if (output !== undefined) return output
  }
  throw new Failure('media_type_unavailable', { accepted: accepted.map(shownType) })
}

interface Target {
  readonly name: Qualified
  /** Some columns are not the table's rows, which is what its handlers are made for. */
  readonly isWhole: boolean
}

/** Refuses with what finding the table or the function refuses with. */
function targetOf(request: RequestWords, catalog: Catalog): Target {
  const { select } = request.query
  const [only] = select
  const isWhole = select.length === 1 && only?.kind === 'field' && isPlainStar(only)
  const { action } = request
  if (action.kind !== 'call') return { name: requireTable(catalog, request.schema, action.table), isWhole }
  return { name: rowsOf(findCalled({ ...request, action, output: jsonOutput }, catalog)), isWhole }
}

function isPlainStar(item: { field: { name: string }; aggregate: unknown; cast: unknown }): boolean {
  return item.field.name === '*' && item.aggregate === undefined && item.cast === undefined
}

/** Rows of a table are that table's, whichever function returns them. */
function rowsOf({ schema, name, returns }: Routine): Qualified {
  return returns.isComposite && returns.name !== 'record' ? { schema, name: returns.name } : { schema, name }
}

function findHandler(
  name: string,
  { name: target, isWhole }: Target,
  { mediaHandlers }: Catalog,
): MediaHandler | undefined {
  if (mediaHandlers.size === 0) return undefined
  const own = isWhole
    ? (mediaHandlers.get(handlerKey(target, '*/*')) ?? mediaHandlers.get(handlerKey(target, name)))
    : undefined
  return own ?? mediaHandlers.get(handlerKey(undefined, name))
}

const explainType = /^application\/vnd\.pgrst\.plan(?:\+(text|json))?$/

function explainedType(type: MediaType): 'text' | 'json' | undefined {
  const found = explainType.exec(type.name)
  if (found === null) return undefined
  return found[1] === 'json' ? 'json' : 'text'
}

function explain(type: MediaType, find: (type: MediaType) => Output | undefined): Output | undefined {
  const of = find(parseMediaType(type.parameters.get('for') ?? 'application/json'))
  const format = explainedType(type) ?? 'text'
  if (of === undefined) return undefined
  return {
    ...of,
    explain: { format, options: optionsOf(type) },
    contentType: `${shownType(type)}; charset=utf-8`,
  }
}

function optionsOf(type: MediaType): (typeof explainOptions)[number][] {
  const said = (type.parameters.get('options') ?? '').split('|')
  return explainOptions.filter((option) => said.includes(option))
}

/** As it is told to the caller: with what we have understood of its parameters. */
function shownType(type: MediaType): string {
  const format = explainedType(type)
  if (format === undefined) return vendorOutput(type)?.contentType.replace('; charset=utf-8', '') ?? type.name
  const options = optionsOf(type)
  const shown = shownType(parseMediaType(type.parameters.get('for') ?? 'application/json'))
  return `application/vnd.pgrst.plan+${format}; for="${shown}"${options.length === 0 ? '' : `; options=${options.join('|')}`}`
}

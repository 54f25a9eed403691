/** What the caller asked for: everything that the URL, the headers and the body say, read and bounded. */
import { Failure } from '../../../kernel/failure.ts'
import type { Call } from '../../../kernel/module.ts'
import { parseBody, type Body } from './body.ts'
import type { Output } from './output.ts'
import { parsePreferences, type Preferences } from './preferences.ts'
import { parseQueryString, type Pair } from './query-string.ts'
import { parseQuery } from './query.ts'
import { boundRange, combineRanges, type Range } from './range.ts'
import { Values } from './values.ts'
import type { Query, SlotIndex } from './wish.ts'

/** What can be done with a table or a function. */
export type Action =
  | { readonly kind: 'read'; readonly table: string }
  | { readonly kind: 'insert' | 'update' | 'put' | 'delete'; readonly table: string }
  /** `isSafe`: by GET or HEAD, with arguments in the query and no right to change anything. */
  | { readonly kind: 'call'; readonly name: string; readonly isSafe: boolean }

/** A request, and the form of its answer, which depends on what the database can write. */
export interface RestRequest extends RequestWords {
  readonly output: Output
}

export interface RequestWords {
  readonly action: Action
  readonly schema: string
  /** True when there is more than one schema to choose from: the answer then says which it was. */
  readonly isSchemaNegotiated: boolean
  readonly isHead: boolean
  readonly query: Query
  /** Keys and values of the query part as they were sent, decoded. */
  readonly pairs: readonly Pair[]
  readonly preferences: Preferences
  /** The `Accept` header. */
  readonly accept: string | null
  /** The rows that were asked for. */
  readonly range: Range
  /** Where the limit and the offset of what is really read stand; undefined where there is none. */
  readonly limitSlot: SlotIndex | undefined
  readonly offsetSlot: SlotIndex | undefined
  readonly body: Body | undefined
  readonly bodySlot: SlotIndex | undefined
  readonly values: Values['list']
  /** Requests of one shape differ in nothing but values. */
  readonly shape: string
}

/** What parsing must know of the server's settings. */
export interface RequestOptions {
  readonly schemas: readonly string[]
  readonly maxRows: number | undefined
  /** The caller may choose how the transaction ends. */
  readonly mayEndTx: boolean
}

/** Reads a call. Refuses with the `query_…`, `body_…`, `range_…` and `schema_…` failures. */
export async function parseRequest(
  call: Call,
  action: Action,
  options: RequestOptions,
): Promise<RequestWords> {
  const { headers, method } = call.request
  const isSafe = method === 'GET' || method === 'HEAD'
  const schema = chooseSchema(headers.get(isSafe ? 'accept-profile' : 'content-profile'), options.schemas)
  const values = new Values()
  addTarget(values, action, schema)
  const pairs = parseQueryString(call.url.search)
  const takesArguments = action.kind === 'call' && action.isSafe
  const parsed = parseQuery(pairs, values, { takesArguments, embeddedMax: options.maxRows })
  const preferences = readPreferences(headers.get('prefer'), options.mayEndTx)
  const accept = headers.get('accept')
  const range = combineRanges({
    limit: parsed.limit,
    offset: parsed.offset,
    header: method === 'GET' ? headers.get('range') : null,
  })
  const body = await readBody(call, action, parsed.query.columns)
  const slots = { ...addRange(values, range, { action, options }), bodySlot: addBody(values, body) }
  addManner(values, { preferences, accept, method })
  return {
    action,
    schema,
    isSchemaNegotiated: options.schemas.length > 1,
    isHead: method === 'HEAD',
    query: parsed.query,
    pairs,
    preferences,
    accept,
    range,
    ...slots,
    body,
    values: values.list,
    shape: values.shape,
  }
}

/** The schema that a profile header names, or the first. */
export function chooseSchema(profile: string | null, schemas: readonly string[]): string {
  const schema = profile ?? schemas[0] ?? 'public'
  if (!schemas.includes(schema)) throw new Failure('schema_not_exposed', { schema, exposed: schemas })
  return schema
}

/** With `handling=strict`, a word that we do not know is a mistake; else it is ignored. */
function readPreferences(header: string | null, mayEndTx: boolean): Preferences {
  const said = parsePreferences(header)
  const preferences = mayEndTx || said.tx === undefined ? said : { ...said, tx: undefined }
  if (preferences.handling === 'strict' && preferences.unknown.length > 0) {
    throw new Failure('preference_invalid', { preferences: preferences.unknown })
  }
  return preferences
}

function addTarget(values: Values, action: Action, schema: string): void {
  const name = action.kind === 'call' ? action.name : action.table
  if (name.includes('\0')) {
    throw new Failure('query_invalid', { message: 'failed to parse the path', details: 'it holds a NUL' })
  }
  values.addShape(action.kind)
  values.addShape(schema)
  values.addShape(name)
}

async function readBody(
  call: Call,
  action: Action,
  columns: readonly string[] | undefined,
): Promise<Body | undefined> {
  if (action.kind === 'read' || action.kind === 'delete') return undefined
  if (action.kind === 'call' && action.isSafe) return undefined
  const contentType = call.request.headers.get('content-type')
  const isCall = action.kind === 'call'
  return parseBody({
    bytes: await call.readBody(),
    contentType,
    columns: action.kind === 'put' ? undefined : columns,
    isCall,
  })
}

function addRange(
  values: Values,
  range: Range,
  { action, options }: { action: Action; options: RequestOptions },
): Pick<RestRequest, 'limitSlot' | 'offsetSlot'> {
  // Rows are counted only where they are read: a write is what its filters say.
  if (action.kind !== 'read' && action.kind !== 'call') return { limitSlot: undefined, offsetSlot: undefined }
  const { limit, offset } = boundRange(range, options.maxRows)
  const limitSlot = limit === undefined ? undefined : values.add(String(limit))
  const offsetSlot = offset === 0 ? undefined : values.add(String(offset))
  values.addShape(`${limitSlot === undefined ? '' : 'l'}${offsetSlot === undefined ? '' : 'o'}`)
  return { limitSlot, offsetSlot }
}

/** The names in a body are part of the shape, its values are not. */
function addBody(values: Values, body: Body | undefined): SlotIndex | undefined {
  switch (body?.kind) {
    case undefined:
      return undefined
    case 'json':
      // JSON keys may hold NUL, which JSON writes as an escape.
      values.addShape(JSON.stringify([body.isObject, body.keys]))
      return values.add(body.json)
    case 'raw':
      values.addShape(body.mediaType)
      return values.add(rawValue(body))
    case 'form':
      values.addShape(JSON.stringify(body.pairs.map(([key]) => key)))
      for (const [, value] of body.pairs) values.add(value)
      return values.list.length - body.pairs.length
  }
}

/** Bytes are sent in PostgreSQL's text form; texts are sent as they came. */
function rawValue({ mediaType, bytes }: Extract<Body, { kind: 'raw' }>): string | Uint8Array {
  return mediaType === 'application/octet-stream' ? `\\x${Buffer.from(bytes).toString('hex')}` : bytes
}

function addManner(
  values: Values,
  manner: { preferences: Preferences; accept: string | null; method: string },
): void {
  const { preferences: p, accept } = manner
  values.addShape(
    [manner.method, accept ?? '*/*', p.return, p.count, p.resolution, p.missing, p.handling].join(' '),
  )
  values.addShape(p.maxAffected === undefined ? '' : 'bounded')
}

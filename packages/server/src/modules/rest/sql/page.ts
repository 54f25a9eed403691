/** What every statement answers with: one row that holds the body and what the headers need. */
import { ident, join, raw, sql, type Sql } from '../../../db/index.ts'
import { assert } from '../../../kernel/failure.ts'
import type { Output } from '../request/output.ts'
import { pageName, scalarName } from './names.ts'

/** Which column of the answer holds what. */
export const pageColumns = { total: 0, rows: 1, body: 2, headers: 3, status: 4 } as const
/** The same for writes, which have two more. */
export const writtenColumns = {
  total: 0,
  rows: 1,
  location: 2,
  body: 3,
  headers: 4,
  status: 5,
  inserted: 6,
} as const

const none = raw('null')
const responseHeaders = raw(`nullif(current_setting('response.headers', true), '')`)
const responseStatus = raw(`nullif(current_setting('response.status', true), '')`)

export interface PageParts {
  /** Statements that come before, with their names. */
  readonly before: readonly Sql[]
  /** The rows to show. */
  readonly rows: Sql
  readonly body: Sql | undefined
  readonly total?: Sql | undefined
  readonly written?: { readonly inserted: Sql | undefined; readonly location: Sql | undefined }
}

export function compilePage(parts: PageParts): Sql {
  const ctes = join([...parts.before, sql`${pageName} as (${parts.rows})`], raw(', '))
  const { written } = parts
  const columns = [
    parts.total ?? none,
    raw('count(*)'),
    ...(written === undefined ? [] : [written.location ?? none]),
    parts.body ?? none,
    responseHeaders,
    responseStatus,
    ...(written === undefined ? [] : [written.inserted ?? none]),
  ]
  return sql`with ${ctes} select ${join(columns, raw(', '))} from ${pageName}`
}

/** What kind of thing the rows are, for their form as JSON. */
export type RowKind = 'rows' | 'one row' | 'values' | 'one value'

export function compileBodyColumn(output: Output, kind: RowKind): Sql {
  switch (output.form) {
    case 'csv':
      return compileCsv()
    case 'geojson':
      return compileGeoJson()
    case 'handler':
      return compileHandler(output, kind)
    case 'object':
      return compileOne(output, kind === 'values' || kind === 'one value')
    case 'json':
      return kind === 'rows' || kind === 'values'
        ? compileArray(output, kind === 'values')
        : compileOne(output, kind === 'one value')
  }
}

function compileGeoJson(): Sql {
  const features = sql`coalesce(json_agg(ST_AsGeoJSON(${pageName})::json), '[]')`
  return sql`json_build_object('type', 'FeatureCollection', 'features', ${features})`
}

/** An aggregate over the rows, or the one result of a function, which is of the wanted domain already. */
function compileHandler({ handler }: Output, kind: RowKind): Sql {
  assert(handler !== undefined, 'a handler is chosen with its form')
  const { call, isAggregate, rowType, isBinary } = handler
  const name = ident(call.schema, call.name)
  const value = kind === 'one value' ? scalarName : pageName
  const typed = rowType === undefined ? value : sql`${value}::${ident(rowType.schema, rowType.name)}`
  const result = isAggregate ? sql`${name}(${typed})` : sql`(array_agg(${value}::${name}))[1]`
  // Text would come back in an escaped form of PostgreSQL's choice.
  return isBinary ? sql`encode(${result}, 'hex')` : result
}

function compileArray(output: Output, isScalar: boolean): Sql {
  const list = sql`json_agg(${isScalar ? scalarName : pageName})`
  return sql`coalesce(${stripped(output, list)}, '[]')`
}

function compileOne(output: Output, isScalar: boolean): Sql {
  const item = isScalar ? scalarName : pageName
  return sql`coalesce(${stripped(output, sql`json_agg(${item}) -> 0`)}, 'null')`
}

function stripped(output: Output, json: Sql): Sql {
  return output.stripsNulls ? sql`json_strip_nulls(${json})` : json
}

/** A header line with the names of the columns, and each row as PostgreSQL writes it, without its parentheses. */
function compileCsv(): Sql {
  const name = ident('plinth_name')
  const first = sql`(select * from ${pageName} limit 1) as plinth_first`
  const names = sql`select json_object_keys(row_to_json(plinth_first)) as ${name} from ${first}`
  const header = sql`(select coalesce(string_agg(${name}, ','), '') from (${names}) as plinth_names)`
  const text = sql`${pageName}::text`
  const lines = sql`coalesce(string_agg(substring(${text}, 2, length(${text}) - 2), e'\\n'), '')`
  return sql`${header} || e'\\n' || ${lines}`
}

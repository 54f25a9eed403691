/** What every statement answers with: one row that holds the body and what the headers need. */
import { ident, join, raw, sql, type Sql } from '../../../db/index.ts'
import type { Output } from '../request/output.ts'
import { pageName, scalarName } from './names.ts'

/** Which column of the answer holds what. */
export const pageColumns = {
  body: 0,
  rows: 1,
  total: 2,
  headers: 3,
  status: 4,
  inserted: 5,
  location: 6,
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
  readonly inserted?: Sql | undefined
  readonly location?: Sql | undefined
}

export function compilePage(parts: PageParts): Sql {
  const ctes = join([...parts.before, sql`${pageName} as (${parts.rows})`], raw(', '))
  const columns = join(
    [
      parts.body ?? none,
      raw('count(*)'),
      parts.total ?? none,
      responseHeaders,
      responseStatus,
      parts.inserted ?? none,
      parts.location ?? none,
    ],
    raw(', '),
  )
  return sql`with ${ctes} select ${columns} from ${pageName}`
}

/** What kind of thing the rows are, for their form as JSON. */
export type RowKind = 'rows' | 'one row' | 'values' | 'one value'

export function compileBodyColumn(output: Output, kind: RowKind): Sql {
  switch (output.form) {
    case 'csv':
      return compileCsv()
    case 'object':
      return compileOne(output, kind === 'values' || kind === 'one value')
    case 'json':
      return kind === 'rows' || kind === 'values'
        ? compileArray(output, kind === 'values')
        : compileOne(output, kind === 'one value')
  }
}

function compileArray(output: Output, isScalar: boolean): Sql {
  const list = sql`json_agg(${isScalar ? scalarName : pageName})`
  return sql`coalesce(${stripped(output, list)}, '[]')`
}

function compileOne(output: Output, isScalar: boolean): Sql {
  const item = isScalar ? sql`to_json(${scalarName})` : sql`row_to_json(${pageName})`
  return sql`coalesce(${stripped(output, sql`(array_agg(${item}))[1]`)}, 'null')`
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

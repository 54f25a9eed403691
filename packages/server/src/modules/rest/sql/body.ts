/** The rows of a JSON body, with the types that their table or function wants. */
import { ident, join, raw, slot, sql, type Sql } from '../../../db/index.ts'
import type { BodyColumn, BodySource } from '../plan/plan.ts'

const comma = raw(', ')

/** A source for `from`, named `alias`, with one column for each name in the body. */
export function compileBody(columns: readonly BodyColumn[], source: BodySource, alias: string): Sql {
  if (columns.length === 0) return compileEmptyRows(source, alias)
  const defaulted = source.appliesDefaults ? columns.filter((column) => column.default !== null) : []
  const typed = join(columns.map(typedName), comma)
  const rows = defaulted.length === 0 ? compilePlain(source) : compileDefaulted(source, defaulted)
  if (columns.every((column) => column.fromJson === undefined))
    return sql`${rows} as ${ident(alias)}(${typed})`
  const values = join(columns.map(readValue), comma)
  return sql`(select ${values} from ${rows} as plinth_json(${typed})) as ${ident(alias)}`
}

/** `format_type` has written the type: names in it are quoted where they must be. */
function typedName(column: BodyColumn): Sql {
  return sql`${ident(column.name)} ${raw(column.fromJson === undefined ? column.type : 'json')}`
}

function readValue({ name, fromJson }: BodyColumn): Sql {
  if (fromJson === undefined) return ident(name)
  return sql`${ident(fromJson.schema, fromJson.name)}(${ident(name)}) as ${ident(name)}`
}

/** `{}` is one row, `[{}, {}]` are two, of nothing but defaults. */
function compileEmptyRows(source: BodySource, alias: string): Sql {
  const rows = source.isObject ? raw('(values (1))') : sql`json_array_elements(${slot(source.slot)}::json)`
  return sql`${rows} as ${ident(alias)}`
}

function compilePlain(source: BodySource): Sql {
  const body = sql`${slot(source.slot)}::json`
  return source.isObject ? sql`json_to_record(${body})` : sql`json_to_recordset(${body})`
}

/** Each object is laid over one that holds the defaults. */
function compileDefaulted(source: BodySource, columns: readonly BodyColumn[]): Sql {
  const body = sql`${slot(source.slot)}::jsonb`
  const pairs = columns.map((column) => sql`${column.name}::text, ${raw(column.default ?? 'null')}`)
  const defaults = sql`jsonb_build_object(${join(pairs, comma)})`
  if (source.isObject) return sql`jsonb_to_record(${defaults} || ${body})`
  const each = sql`select jsonb_agg(${defaults} || elem) from jsonb_array_elements(${body}) as elem`
  return sql`jsonb_to_recordset((${each}))`
}

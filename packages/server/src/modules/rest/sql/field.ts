/** Columns, JSON paths and casts. */
import { ident, join, raw, sql, type Sql } from '../../../db/index.ts'
import type { ResolvedField } from '../plan/plan.ts'
import type { JsonStep, SelectField } from '../request/wish.ts'

const nothing = raw('')

/** A field of the rows named `alias`. */
export function compileField(alias: string, field: ResolvedField): Sql {
  const column = ident(alias, field.name)
  if (field.path.length === 0) return column
  // Arrows work on JSON only; what is JSON already must stay as it is, or no index would be used.
  const isJson = field.type === 'json' || field.type === 'jsonb'
  const json = isJson ? column : sql`to_jsonb(${column})`
  return sql`${json}${join(field.path.map(compileStep), nothing)}`
}

function compileStep(step: JsonStep): Sql {
  const at = step.kind === 'index' ? sql`${step.at}::integer` : sql`${step.at}::text`
  return step.arrow === '->' ? sql`->${at}` : sql`->>${at}`
}

/** One column of a select list, under the name that the caller expects. */
export function compileSelectField(alias: string, select: SelectField, type: string | undefined): Sql {
  if (select.field.name === '*' && select.field.path.length === 0) return sql`${ident(alias)}.*`
  const field = compileField(alias, { ...select.field, type })
  const value = select.cast === undefined ? field : sql`cast(${field} as ${compileType(select.cast)})`
  const name = outputName(select)
  // A plain column keeps its name; a computed one takes that of its function.
  const isNamed = select.alias === undefined && select.field.path.length === 0 && select.cast === undefined
  return isNamed ? value : sql`${value} as ${ident(name)}`
}

/** The name of the column in the answer: the alias, the last key of a path, or the column's own. */
export function outputName(select: SelectField): string {
  if (select.alias !== undefined) return select.alias
  const key = select.field.path.findLast((step) => step.kind === 'key')
  return key?.at ?? select.field.name
}

/** Types that SQL spells with keywords; quoting them would make them names of types that do not exist. */
const keywordTypes: ReadonlyMap<string, Sql> = new Map(
  [
    'bigint',
    'bit',
    'bit varying',
    'boolean',
    'char',
    'char varying',
    'character',
    'character varying',
    'dec',
    'decimal',
    'double precision',
    'float',
    'int',
    'integer',
    'interval',
    'json',
    'national character',
    'national character varying',
    'nchar',
    'numeric',
    'real',
    'smallint',
    'time',
    'time with time zone',
    'time without time zone',
    'timestamp',
    'timestamp with time zone',
    'timestamp without time zone',
    'varchar',
  ].map((type) => [type, raw(type)]),
)

/** A type as the caller named it: a keyword of SQL, or else a name like any other. */
function compileType(name: string): Sql {
  const plain = name.toLowerCase().replaceAll(/ +/g, ' ')
  return keywordTypes.get(plain) ?? ident(plain)
}

/** Columns, JSON paths and casts. */
import type { Qualified } from '../../../db/catalog/index.ts'
import { ident, join, raw, sql, type Sql } from '../../../db/index.ts'
import { isStar, outputName } from '../plan/fields.ts'
import type { LevelField, ResolvedField } from '../plan/plan.ts'
import type { Aggregate, JsonStep } from '../request/wish.ts'

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
  const at = step.kind === 'index' ? sql`${step.at}::integer` : sql`${step.at}`
  return step.arrow === '->' ? sql`->${at}` : sql`->>${at}`
}

/** One column of a select list, under the name that the caller expects. */
export function compileSelectField(alias: string, select: LevelField, type: string | undefined): Sql {
  if (select.isRow) return sql`${ident(alias)} as ${ident(outputName(select))}`
  if (isStar(select)) {
    if (select.aggregate === undefined) return sql`${ident(alias)}.*`
    return named(aggregated(raw('*'), select), select)
  }
  const field = compileField(alias, { ...select.field, type, parse: undefined })
  const written = select.format === undefined ? field : compileCallOf(select.format, field)
  const value = select.cast === undefined ? written : sql`cast(${written} as ${compileType(select.cast)})`
  if (select.aggregate !== undefined) return named(aggregated(value, select), select)
  // A plain column keeps its name; a computed one takes that of its function.
  const isNamed = select.alias === undefined && select.field.path.length === 0 && value === field
  return isNamed ? value : named(value, select)
}

function named(value: Sql, select: LevelField): Sql {
  return sql`${value} as ${ident(outputName(select))}`
}

const aggregateFunctions: Readonly<Record<Aggregate, Sql>> = {
  avg: raw('avg'),
  count: raw('count'),
  max: raw('max'),
  min: raw('min'),
  sum: raw('sum'),
}

/** `sum(value)`, and its cast. */
export function aggregated(value: Sql, { aggregate, aggregateCast }: Aggregated): Sql {
  if (aggregate === undefined) return value
  const result = sql`${aggregateFunctions[aggregate]}(${value})`
  return aggregateCast === undefined ? result : sql`cast(${result} as ${compileType(aggregateCast)})`
}

type Aggregated = Pick<LevelField, 'aggregate' | 'aggregateCast'>

export function compileCallOf(name: Qualified, argument: Sql): Sql {
  return sql`${ident(name.schema, name.name)}(${argument})`
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

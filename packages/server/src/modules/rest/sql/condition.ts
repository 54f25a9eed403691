/** Filters and their trees. */
import { ident, join, raw, slot, sql, type Sql } from '../../../db/index.ts'
import type { Embed, ResolvedCondition, ResolvedField } from '../plan/plan.ts'
import type { CompareOperator, IsState, RelateOperator, SearchOperator, Test } from '../request/wish.ts'
import { compileCallOf, compileField } from './field.ts'

const and = raw(' and ')
const or = raw(' or ')

const comparisons: Readonly<Record<CompareOperator, Sql>> = {
  eq: raw('='),
  gte: raw('>='),
  gt: raw('>'),
  lte: raw('<='),
  lt: raw('<'),
  like: raw('like'),
  ilike: raw('ilike'),
  match: raw('~'),
  imatch: raw('~*'),
}

const relations: Readonly<Record<RelateOperator, Sql>> = {
  neq: raw('<>'),
  cs: raw('@>'),
  cd: raw('<@'),
  ov: raw('&&'),
  sl: raw('<<'),
  sr: raw('>>'),
  nxr: raw('&<'),
  nxl: raw('&>'),
  adj: raw('-|-'),
}

const searches: Readonly<Record<SearchOperator, Sql>> = {
  fts: raw('to_tsquery'),
  plfts: raw('plainto_tsquery'),
  phfts: raw('phraseto_tsquery'),
  wfts: raw('websearch_to_tsquery'),
}

const states: Readonly<Record<IsState, Sql>> = {
  null: raw('null'),
  not_null: raw('not null'),
  true: raw('true'),
  false: raw('false'),
  unknown: raw('unknown'),
}

/** How the presence of an embedded resource is asked for; it differs between reading and counting. */
export type CompilePresence = (embed: Embed) => Sql

/** Each condition as one piece; all of them must hold. `alias` names the rows that they are about. */
export function compileConditions(
  alias: string,
  conditions: readonly ResolvedCondition[],
  presence: CompilePresence = joinedPresence,
): readonly Sql[] {
  return conditions.map((condition) => compileCondition(alias, condition, presence))
}

/** `where a and b`, or nothing. */
export function compileWhere(pieces: readonly Sql[]): Sql {
  return pieces.length === 0 ? raw('') : sql` where ${join(pieces, and)}`
}

/** An embedded resource that is joined: its rows are null when there are none. */
function joinedPresence(embed: Embed): Sql {
  const rows = embed.isToOne ? ident(embed.alias) : ident(embed.alias, embed.alias)
  return sql`${rows} is distinct from null`
}

function compileCondition(alias: string, condition: ResolvedCondition, presence: CompilePresence): Sql {
  switch (condition.kind) {
    case 'and':
    case 'or': {
      const parts = compileConditions(alias, condition.conditions, presence)
      const group = sql`(${join(parts, condition.kind === 'and' ? and : or)})`
      return condition.isNegated ? sql`not ${group}` : group
    }
    case 'embed': {
      const present = presence(condition.embed)
      return condition.isPresent ? present : sql`not (${present})`
    }
    case 'test': {
      const test = compileTest(alias, condition.field, condition.test)
      return condition.isNegated ? sql`not (${test})` : test
    }
  }
}

function compileTest(alias: string, field: ResolvedField, test: Test): Sql {
  const value = compileField(alias, field)
  switch (test.kind) {
    case 'compare': {
      const operand = quantified(operandOf(field, test), test.quantifier)
      return sql`${value} ${comparisons[test.operator]} ${operand}`
    }
    case 'relate':
      return sql`${value} ${relations[test.operator]} ${parsed(field, slot(test.value))}`
    case 'in':
      // One parameter for the whole list: lists of any length share a prepared statement.
      return sql`${value} = any(${parsedList(field, slot(test.values))})`
    case 'is':
      return sql`${value} is ${states[test.state]}`
    case 'distinct':
      return sql`${value} is distinct from ${slot(test.value)}`
    case 'search':
      return compileSearch(value, field, test)
  }
}

const patterns: ReadonlySet<CompareOperator> = new Set(['like', 'ilike'])

/** A pattern is a text, whatever the column is. */
function operandOf(field: ResolvedField, test: Extract<Test, { kind: 'compare' }>): Sql {
  const value = slot(test.value)
  return patterns.has(test.operator) ? value : parsed(field, value)
}

/** A value as the column's domain reads it. */
function parsed({ parse }: ResolvedField, value: Sql): Sql {
  return parse === undefined ? value : compileCallOf(parse, value)
}

function parsedList({ parse }: ResolvedField, list: Sql): Sql {
  if (parse === undefined) return list
  const item = ident('plinth_item')
  return sql`array(select ${compileCallOf(parse, item)} from unnest(${list}::text[]) as ${item})`
}

function quantified(value: Sql, quantifier: 'any' | 'all' | undefined): Sql {
  switch (quantifier) {
    case undefined:
      return value
    case 'any':
      return sql`any(${value})`
    case 'all':
      return sql`all(${value})`
  }
}

/** Plain text is made searchable first; what the catalog does not know is taken as searchable already. */
function compileSearch(value: Sql, field: ResolvedField, test: Extract<Test, { kind: 'search' }>): Sql {
  const language = test.language === undefined ? raw('') : sql`${test.language}::regconfig, `
  const isText = field.type !== undefined && field.type !== 'tsvector'
  const document = isText ? sql`to_tsvector(${language}${value})` : value
  return sql`${document} @@ ${searches[test.operator]}(${language}${slot(test.value)})`
}

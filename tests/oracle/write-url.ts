/** Writes a question as a URL of REST. */
import type { Condition, Embed, Item, Level, OrderTerm, Question, Relation } from './model.ts'

type Pair = readonly [key: string, value: string]

export function writeUrl({ level }: Question): string {
  const pairs = [['select', selectOf(level)] as const, ...pairsOf(level, '')]
  const query = pairs.map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`)
  return `/rest/v1/${encodeURIComponent(level.table)}?${query.join('&')}`
}

function name(text: string): string {
  return /^\w+$/.test(text) ? text : quoted(text)
}

function quoted(text: string): string {
  return `"${text.replaceAll(/[\\"]/g, '\\$&')}"`
}

function selectOf({ items, embeds }: Level): string {
  const fields = items === 'all' ? ['*'] : items.map(itemText)
  return [...fields, ...embeds.map(embedText)].join(',')
}

function itemText({ alias, column, path, isText, cast }: Item): string {
  const label = alias === undefined ? '' : `${alias}:`
  return `${label}${name(column)}${pathText(path, isText)}${cast === undefined ? '' : `::${cast}`}`
}

function pathText(path: readonly string[], isText: boolean): string {
  return path.map((step, index) => `${isText && index === path.length - 1 ? '->>' : '->'}${step}`).join('')
}

function embedText({ alias, relation, isInner, level }: Embed): string {
  return `${alias}:${relationText(relation)}${isInner ? '!inner' : ''}(${selectOf(level)})`
}

/** Hints make every relation the only one that can be meant. Of a table with itself, the column tells the direction. */
function relationText(relation: Relation): string {
  if (relation.kind === 'through') return `${name(relation.far.target)}!${name(relation.junction)}`
  const { key, from } = relation
  const isSelf = key.target === from
  if (relation.kind === 'to-one') return isSelf ? name(key.column) : `${name(key.target)}!${name(key.name)}`
  return `${name(from)}!${name(isSelf ? key.column : key.name)}`
}

function pairsOf(level: Level, prefix: string): readonly Pair[] {
  const limits: Pair[] = []
  if (level.limit !== undefined) limits.push([`${prefix}limit`, String(level.limit)])
  if (level.offset !== undefined) limits.push([`${prefix}offset`, String(level.offset)])
  return [
    ...level.conditions.map((condition) => conditionPair(condition, prefix)),
    [`${prefix}order`, level.order.map(orderText).join(',')],
    ...limits,
    ...level.embeds.flatMap(({ alias, level: below }) => pairsOf(below, `${prefix}${alias}.`)),
  ]
}

function orderText({ alias, column, direction, nulls }: OrderTerm): string {
  const field = alias === undefined ? name(column) : `${alias}(${name(column)})`
  return `${field}${direction === undefined ? '' : `.${direction}`}${nulls === undefined ? '' : `.nulls${nulls}`}`
}

function conditionPair(condition: Condition, prefix: string): Pair {
  const not = condition.isNegated ? 'not.' : ''
  switch (condition.kind) {
    case 'group':
      return [`${prefix}${not}${condition.operator}`, groupBody(condition)]
    case 'embedded':
      return [`${prefix}${condition.alias}`, `${not}is.null`]
    case 'test': {
      const { column, path } = condition
      return [
        `${prefix}${name(column)}${pathText(path, true)}`,
        `${not}${operation(condition, (text) => text)}`,
      ]
    }
  }
}

function groupBody({ conditions }: Extract<Condition, { kind: 'group' }>): string {
  return `(${conditions.map(inTree).join(',')})`
}

function inTree(condition: Condition): string {
  const not = condition.isNegated ? 'not.' : ''
  switch (condition.kind) {
    case 'group':
      return `${not}${condition.operator}${groupBody(condition)}`
    case 'embedded':
      return `${condition.alias}.${not}is.null`
    case 'test':
      return `${name(condition.column)}${pathText(condition.path, true)}.${not}${operation(condition, quoted)}`
  }
}

function operation(
  { operator, quantifier, values }: Extract<Condition, { kind: 'test' }>,
  hold: (text: string) => string,
): string {
  const [first = ''] = values
  if (operator === 'in') return `in.(${values.map(quoted).join(',')})`
  if (operator === 'is') return `is.${first}`
  if (operator === 'plfts') return `plfts(simple).${hold(first)}`
  if (quantifier === undefined) return `${operator}.${hold(first)}`
  return `${operator}(${quantifier}).${hold(`{${values.map(quoted).join(',')}}`)}`
}

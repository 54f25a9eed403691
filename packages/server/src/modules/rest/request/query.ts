/** The whole query part of a URL: finds for each parameter the parser that reads it. */
import { parseColumnList } from './column-list.ts'
import { Cursor } from './cursor.ts'
import { parseFilter, parseLogic, refuseNoOperator } from './filter.ts'
import { readTreePath } from './names.ts'
import { parseOrder } from './order.ts'
import type { Pair } from './query-string.ts'
import { parseCount } from './range.ts'
import { allColumns, parseSelect } from './select.ts'
import type { Values } from './values.ts'
import type { Argument, AtLevel, Condition, OrderTerm, Query, SelectItem, SlotIndex } from './wish.ts'

export interface ParsedQuery {
  readonly query: Query
  /** `limit` and `offset` of the top level, as numbers; undefined where absent or no number. */
  readonly limit: number | undefined
  readonly offset: number | undefined
}

/** What has been read so far. */
interface Reading {
  readonly values: Values
  readonly takesArguments: boolean
  readonly embeddedMax: number | undefined
  readonly conditions: AtLevel<Condition>[]
  readonly orders: AtLevel<readonly OrderTerm[]>[]
  readonly limits: AtLevel<SlotIndex>[]
  readonly offsets: AtLevel<SlotIndex>[]
  readonly args: Argument[]
  select: readonly SelectItem[] | undefined
  columns: readonly string[] | undefined
  onConflict: readonly string[] | undefined
  limit: number | undefined
  offset: number | undefined
}

export interface QueryOptions {
  /** True for functions that are called by GET: a parameter without operator is an argument. */
  readonly takesArguments: boolean
  /** The most rows that an embedded level may have. */
  readonly embeddedMax: number | undefined
}

export function parseQuery(pairs: readonly Pair[], values: Values, options: QueryOptions): ParsedQuery {
  const reading: Reading = {
    values,
    ...options,
    conditions: [],
    orders: [],
    limits: [],
    offsets: [],
    args: [],
    select: undefined,
    columns: undefined,
    onConflict: undefined,
    limit: undefined,
    offset: undefined,
  }
  for (const [key, value] of pairs) readParameter(reading, key, value)
  const { conditions, orders, limits, offsets, columns, onConflict, args } = reading
  const select = reading.select ?? [allColumns]
  const query = { select, conditions, orders, limits, offsets, columns, onConflict, args }
  return { query, limit: reading.limit, offset: reading.offset }
}

/** The last name of a key says what the parameter is about; what is no word of ours is a column. */
function readParameter(reading: Reading, key: string, value: string): void {
  const { values } = reading
  const word = key.slice(key.lastIndexOf('.') + 1)
  switch (word) {
    case 'order':
      reading.orders.push(parseOrder(key, value, values))
      return
    case 'and':
    case 'or':
      reading.conditions.push(parseLogic(key, value, values))
      return
    case 'limit':
    case 'offset':
      readCount(reading, { key, word, value })
      return
    default:
      if (!readWhole(reading, key, value)) readFilter(reading, key, value)
  }
}

/** Parameters that only the whole request has. The first of a name counts. */
function readWhole(reading: Reading, key: string, value: string): boolean {
  const { values } = reading
  switch (key) {
    case 'select':
      if (reading.select === undefined) {
        values.addShape('select')
        reading.select = parseSelect(value, values)
      }
      return true
    case 'columns':
      reading.columns ??= parseColumnList('columns', value, values)
      return true
    case 'on_conflict':
      reading.onConflict ??= parseColumnList('on_conflict', value, values)
      return true
    default:
      return false
  }
}

function readFilter(reading: Reading, key: string, value: string): void {
  const { values, args, conditions, takesArguments } = reading
  const filter = parseFilter(key, value, values)
  if (filter !== undefined) {
    conditions.push(filter)
    return
  }
  if (!takesArguments) refuseNoOperator(value)
  values.addShape('argument')
  values.addShape(key)
  args.push({ name: key, value: values.add(value) })
}

/** A limit or offset; what is no number is as if it were absent. */
function readCount(reading: Reading, at: { key: string; word: 'limit' | 'offset'; value: string }): void {
  const { values, embeddedMax } = reading
  const count = parseCount(at.value)
  if (count === undefined) return
  if (at.key === at.word) {
    reading[at.word] = count
    return
  }
  const { path } = readTreePath(new Cursor('tree path', at.key))
  values.addShape(at.key)
  const isLimit = at.word === 'limit'
  const bounded = isLimit && embeddedMax !== undefined ? Math.min(count, embeddedMax) : count
  const list = isLimit ? reading.limits : reading.offsets
  list.push({ path, value: values.add(String(bounded)) })
}

/** Generates databases: few tables with keys between them, rows with nulls, names that must be quoted. */
import fc from 'fast-check'
import { columnTypes, userIds, type Column, type ColumnType, type Database, type Table } from './model.ts'

const tableNames = ['cats', 'Dog Houses', 'x.y', 'naïve-one'] as const
const columnNames = ['size', 'Big Name', 'a.b', 'ü-1', 'say "hi"'] as const

/** Values of each type, as PostgreSQL reads them; the last ones are odd. */
export const pools: Readonly<Record<ColumnType | 'uuid', readonly string[]>> = {
  integer: ['0', '1', '2', '3', '-5', '2147483647'],
  text: ['abc', 'ABC', 'b', 'a,b', '', "o'k (1)", 'x"y', 'a\\b', '50% *', 'null', 'naïve.is', '{1}'],
  boolean: ['true', 'false'],
  numeric: ['0', '1.5', '-2.25', '100', '1000000.001'],
  date: ['2026-01-01', '2026-11-20', '1999-12-31', '0044-03-15 BC'],
  'integer[]': ['{}', '{1}', '{1,2}', '{2,3,NULL}', '{3}'],
  'text[]': ['{}', '{a}', '{a,"b c"}', '{"x,y","\\"q\\""}', '{NULL}'],
  int4range: ['empty', '[1,5)', '[5,9)', '[2,3]', '(,4]', '[7,)'],
  jsonb: [
    '{"a": 1, "b": "x"}',
    '{"a": {"c": [1, 2]}, "b": null}',
    '[1, "two"]',
    '{}',
    '{"a": "1"}',
    '"text"',
    'null',
  ],
  uuid: [userIds['user 1'] ?? '', userIds['user 2'] ?? '', '00000000-0000-4000-8000-000000000009'],
}

interface TableDraft {
  readonly types: readonly ColumnType[]
  readonly keys: readonly { readonly target: number; readonly isUnique: boolean }[]
  readonly isOwned: boolean
  readonly isJunction: boolean
  readonly rows: readonly (readonly number[])[]
}

const tableDraft: fc.Arbitrary<TableDraft> = fc.record({
  types: fc.array(fc.constantFrom(...columnTypes), { minLength: 1, maxLength: columnNames.length }),
  keys: fc.array(fc.record({ target: fc.nat(3), isUnique: fc.boolean() }), { maxLength: 3, size: 'max' }),
  isOwned: fc.nat(2).map((third) => third === 2),
  isJunction: fc.boolean(),
  rows: fc.array(fc.array(fc.nat(40), { minLength: 9, maxLength: 9 }), { maxLength: 8, size: 'max' }),
})

export const anyDatabase: fc.Arbitrary<Database> = fc
  .array(tableDraft, { minLength: 1, maxLength: tableNames.length, size: 'max' })
  .map((drafts) => {
    const tables = drafts.map((draft, at) => shapeOf(draft, at, drafts.length))
    // A junction may drop rows: nothing refers to them.
    const countAt = (at: number): number =>
      tables[at]?.isJunction === true ? 0 : (drafts[at]?.rows.length ?? 0)
    const counts = new Map(tables.map((table, at) => [table.name, countAt(at)]))
    return { tables: tables.map((table, at) => withRows(table, drafts[at]?.rows ?? [], counts)) }
  })

function shapeOf(draft: TableDraft, at: number, count: number): Table {
  const name = nameAt(tableNames, at)
  const keys = draft.keys.map(({ target, isUnique }, index) => ({
    name: `key_${at}_${index}`,
    column: `ref_${index}`,
    target: nameAt(tableNames, target % count),
    isUnique: isUnique && target % count !== at,
  }))
  const [first, second] = keys
  const connectsTwo = first?.target !== second?.target && first?.target !== name && second?.target !== name
  const isJunction = draft.isJunction && first !== undefined && second !== undefined && connectsTwo
  return {
    name,
    columns: draft.types.map((type, index) => ({ name: nameAt(columnNames, index), type })),
    keys: isJunction ? keys.map((key) => Object.assign({}, key, { isUnique: false })) : keys,
    isOwned: draft.isOwned,
    isJunction,
    rows: [],
  }
}

function nameAt(names: readonly string[], at: number): string {
  return names[at] ?? `name ${at}`
}

type Row = Record<string, string | null>

function withRows(
  table: Table,
  drafts: readonly (readonly number[])[],
  counts: ReadonlyMap<string, number>,
): Table {
  const rows: Row[] = []
  for (const draft of drafts) {
    const row = rowOf(table, draft, { id: rows.length + 1, counts })
    freeUniqueKeys(table, row, rows)
    if (!table.isJunction || connectsAnew(table, row, rows)) rows.push(row)
  }
  return { ...table, rows }
}

function rowOf(
  table: Table,
  draft: readonly number[],
  { id, counts }: { id: number; counts: ReadonlyMap<string, number> },
): Row {
  const row: Row = { id: String(id) }
  const owner: Column = { name: 'owner', type: 'uuid' }
  for (const [index, { name, type }] of [...table.columns, ...(table.isOwned ? [owner] : [])].entries())
    row[name] = choose(pools[type], draft[index] ?? 0)
  for (const [index, { column, target }] of table.keys.entries()) {
    const count = counts.get(target) ?? 0
    const pick = (draft[6 + index] ?? 0) % (count + 1)
    row[column] = pick === 0 ? null : String(pick)
  }
  return row
}

/** Each fifth is null. */
function choose(pool: readonly string[], pick: number): string | null {
  return pick % 5 === 4 ? null : (pool[pick % pool.length] ?? null)
}

/** A key that is taken already refers to nothing. */
function freeUniqueKeys(table: Table, row: Row, rows: readonly Row[]): void {
  for (const { column, isUnique } of table.keys)
    if (isUnique && rows.some((other) => other[column] === row[column])) row[column] = null
}

function connectsAnew(table: Table, row: Row, rows: readonly Row[]): boolean {
  const [a = '', b = ''] = table.keys.map(({ column }) => column)
  return row[a] !== null && row[b] !== null && !rows.some((r) => r[a] === row[a] && r[b] === row[b])
}

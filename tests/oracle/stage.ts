/** Puts a generated database into a started server, and asks both REST and PostgreSQL. */
import { escapeIdentifier, escapeLiteral, type Client } from 'pg'
import type { HttpClient } from '../http-client.ts'
import { columnsOf, userIds, type Caller, type Case, type Database, type Table } from './model.ts'
import { schema, writeSql } from './write-sql.ts'
import { writeUrl } from './write-url.ts'

export interface Stage {
  readonly sql: Client
  readonly http: HttpClient
  readonly headersOf: (caller: Caller) => Readonly<Record<string, string>>
}

/** What both say: the rows, and how many there are in all; or the code of a refusal. */
export type Answer =
  | { readonly status: number; readonly rows: unknown; readonly range: string }
  | { readonly refusal: string }

let generation = 0

/** Takes the place of what was there; resolves when REST has seen it. */
export async function setUp({ sql, http, headersOf }: Stage, database: Database): Promise<void> {
  generation += 1
  const marker = `marker_${generation}`
  const old = await sql.query(`select tablename from pg_tables where schemaname = '${schema}'`)
  const names = old.rows.map((row: { tablename: string }) => tableName(row.tablename))
  const statements = [
    'begin',
    ...(names.length === 0 ? [] : [`drop table ${names.join(', ')} cascade`]),
    ...database.tables.flatMap(createTable),
    ...database.tables.flatMap(createKeys),
    `create table ${schema}.${marker} ()`,
    'commit',
  ]
  await sql.query(statements.join(';\n'))
  for (let tries = 0; tries < 500; tries++) {
    const answer = await http.send({ path: `/rest/v1/${marker}`, headers: headersOf('service_role') })
    if (answer?.status === 200) return
    await new Promise((resolve) => {
      setTimeout(resolve, 10)
    })
  }
  throw new Error('REST does not see the new tables')
}

function tableName(name: string): string {
  return `${schema}.${escapeIdentifier(name)}`
}

function createTable(table: Table): readonly string[] {
  const columns = columnsOf(table).map(
    ({ name, type }) => `${escapeIdentifier(name)} ${type}${name === 'id' ? ' unique not null' : ''}`,
  )
  const key = table.isJunction ? table.keys.slice(0, 2).map(({ column }) => column) : ['id']
  const create = `create table ${tableName(table.name)} (${columns.join(', ')}, primary key (${key.join(', ')}))`
  const rows = table.rows.map((row) => {
    const values = columnsOf(table).map(({ name }) => literal(row[name] ?? null))
    return `insert into ${tableName(table.name)} values (${values.join(', ')})`
  })
  return [create, ...rows, ...(table.isOwned ? own(table) : [])]
}

function own({ name }: Table): readonly string[] {
  const policy = `create policy own on ${tableName(name)} to authenticated using (owner = auth.uid())`
  return [`alter table ${tableName(name)} enable row level security`, policy]
}

function createKeys(table: Table): readonly string[] {
  return table.keys.flatMap(({ name, column, target, isUnique }) => [
    `alter table ${tableName(table.name)} add constraint ${name} foreign key (${column}) references ${tableName(target)} (id)`,
    ...(isUnique ? [`alter table ${tableName(table.name)} add unique (${column})`] : []),
  ])
}

function literal(value: string | null): string {
  return value === null ? 'null' : escapeLiteral(value)
}

export async function askRest({ http, headersOf }: Stage, { question }: Case): Promise<Answer> {
  const prefer: Record<string, string> = question.isCounted ? { prefer: 'count=exact' } : {}
  const headers = { ...headersOf(question.caller), ...prefer }
  const answer = await http.send({ path: writeUrl(question), headers })
  if (answer === undefined) throw new Error('no answer')
  const { status, text } = answer
  const body: unknown = JSON.parse(text)
  if (status >= 300)
    return { refusal: String(Object.entries(Object(body)).find(([key]) => key === 'code')?.[1]) }
  return { status, rows: body, range: String(answer.headers['content-range']) }
}

/** As the same role, with the same claims, as REST would be. */
export async function askSql({ sql }: Stage, { database, question }: Case): Promise<Answer> {
  const { rows, count } = writeSql(database, question)
  const sub = userIds[question.caller]
  const role = sub === undefined ? question.caller : 'authenticated'
  const claims = JSON.stringify({ role, sub })
  await sql.query('begin read only')
  try {
    await sql.query(`select set_config('role', $1, true), set_config('request.jwt.claims', $2, true)`, [
      role,
      claims,
    ])
    const found = await sql.query<{ rows: string; count: string }>(
      `select (${rows})::text as rows, (${count}) as count`,
    )
    const [row] = found.rows
    return answerOf(question, JSON.parse(row?.rows ?? ''), Number(row?.count))
  } catch (error) {
    return { refusal: String(Reflect.get(Object(error), 'code') ?? error) }
  } finally {
    await sql.query('rollback')
  }
}

/** Status and range as the documentation has them. */
function answerOf({ isCounted, level }: Case['question'], rows: unknown, count: number): Answer {
  const length = Array.isArray(rows) ? rows.length : 0
  // Who wants no rows gets them from the beginning.
  const offset = level.limit === 0 ? 0 : (level.offset ?? 0)
  if (isCounted && offset > count) return { refusal: 'PGRST103' }
  const total = isCounted ? String(count) : '*'
  const range = length === 0 ? `*/${total}` : `${offset}-${offset + length - 1}/${total}`
  return { status: isCounted && length < count ? 206 : 200, rows, range }
}

/**
 * Generated databases and questions: what REST answers is what a plain SQL query answers, under the same identity.
 * ORACLE_ROUNDS makes it longer, ORACLE_SEED another one, ORACLE_SHRINK=no quicker to fail; what fails is printed as a case for `regressions/`.
 */
import { createHmac } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { httpClient } from '../http-client.ts'
import { startServer, type TestServer } from '../start-server.ts'
import { anyDatabase } from './generate-database.ts'
import { anyQuestion, questionTo } from './generate-question.ts'
import { userIds, type Caller, type Case } from './model.ts'
import { askRest, askSql, setUp, type Stage } from './stage.ts'
import { writeSql } from './write-sql.ts'
import { writeUrl } from './write-url.ts'

const askedRounds = process.env['ORACLE_ROUNDS']
const rounds = Number(askedRounds ?? 150)
/** On a busy machine, the normal run ends earlier. */
const limit = askedRounds === undefined ? { interruptAfterTimeLimit: 30_000 } : {}
const seed = Number(process.env['ORACLE_SEED'] ?? 20_261_120)
const questionsMax = 25
let server: TestServer
let stage: Stage

beforeAll(async () => {
  server = await startServer()
  const sql = new Client({ connectionString: server.dbUrl })
  await sql.connect()
  stage = { sql, http: httpClient(server.apiUrl, 4), headersOf: (caller) => headers.get(caller) ?? {} }
  const headers = new Map(callers.map((caller) => [caller, headersFor(caller)]))
})
afterAll(async () => {
  stage.http.close()
  await stage.sql.end()
  await server.stop()
})

const callers: readonly Caller[] = ['anon', 'service_role', 'user 1', 'user 2']

function headersFor(caller: Caller): Record<string, string> {
  const sub = userIds[caller]
  if (sub === undefined) return { apikey: caller === 'anon' ? server.anonKey : server.serviceRoleKey }
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const exp = Math.floor(Date.now() / 1000) + 7200
  const content = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ role: 'authenticated', sub, exp })}`
  const secret = String(server.status['jwt_secret'])
  const signature = createHmac('sha256', secret).update(content).digest('base64url')
  return { apikey: server.anonKey, authorization: `Bearer ${content}.${signature}` }
}

/** Throws with the case, both ways to ask, and both answers. */
async function compare(asked: Case): Promise<boolean> {
  const expected = await askSql(stage, asked)
  const actual = await askRest(stage, asked)
  try {
    expect(actual).toEqual(expected)
  } catch (error) {
    const told = [
      decodeURIComponent(writeUrl(asked.question)),
      writeSql(asked.database, asked.question).rows,
      `REST: ${JSON.stringify(actual)}`,
      `SQL:  ${JSON.stringify(expected)}`,
      `case: ${JSON.stringify(asked)}`,
    ]
    throw new Error(told.join('\n'), { cause: error })
  }
  return 'rows' in actual && Array.isArray(actual.rows) && actual.rows.length > 0
}

const folder = path.join(import.meta.dirname, 'regressions')
const regressions = readdirSync(folder).filter((file) => file.endsWith('.json'))

test.each(regressions)('stays right: %s', async (file) => {
  const asked: Case = JSON.parse(readFileSync(path.join(folder, file), 'utf8'))
  await setUp(stage, asked.database)
  await compare(asked)
  expect.assertions(1)
})

test(`${rounds} databases: REST answers what SQL answers`, { timeout: 60_000 + rounds * 2000 }, async () => {
  let found = 0
  let all = 0
  const wishes = fc.array(anyQuestion, { minLength: 1, maxLength: questionsMax, size: 'max' })
  const property = fc.asyncProperty(anyDatabase, wishes, async (database, questions) => {
    await setUp(stage, database)
    for (const wish of questions) {
      const hasRows = await compare({ database, question: questionTo(database, wish) })
      found += hasRows ? 1 : 0
      all += 1
    }
  })
  await fc.assert(property, {
    numRuns: rounds,
    seed,
    endOnFailure: process.env['ORACLE_SHRINK'] === 'no',
    ...limit,
  })
  // Empty answers are right easily.
  expect(found / all).toBeGreaterThan(0.2)
})

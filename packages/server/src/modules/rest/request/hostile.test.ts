/** Hostile URLs, headers and bodies: whatever comes, it is read or refused, and no part of it becomes SQL text. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fill } from '../../../db/index.ts'
import { Failure } from '../../../kernel/failure.ts'
import { planRequest } from '../plan/index.ts'
import { compilePlan } from '../sql/compile.ts'
import { requestOf, type CallInput } from '../test/call.ts'
import { catalog } from '../test/catalog.ts'

/** Pieces of the grammar and of SQL, so that random texts get deep into the parsers. */
const sentenceWords =
  `id name data projects clients users tree * , . ( ) ! : :: " \\ -> ->> { } [ $1 eq. in.( is.null not. and or( fts(
  like(any). ' ';-- /* select text inner ... count() .sum() - % + & = int desc nullsfirst 5 -1 é 漢 😀`.split(
    /\s+/,
  )
const piece = fc.oneof(
  fc.constantFrom(...sentenceWords, ' ', '\t', '\u0000', '\u0001'),
  fc.string({ maxLength: 6, unit: 'binary' }),
)
const text = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(''))
const key = fc.oneof(
  fc.constantFrom(
    'select',
    'order',
    'and',
    'or',
    'not.or',
    'limit',
    'offset',
    'columns',
    'on_conflict',
    'id',
    'name',
  ),
  fc.constantFrom('projects.order', 'projects.limit', 'projects.and', 'projects.id', 'data->>x', '"a.b"'),
  text,
)
const escape = (part: string): string => encodeURIComponent(wellFormed(part))
const wellFormed = (part: string): string => Buffer.from(part, 'utf8').toString('utf8')

/** Sentences that are right, with any names and values in them. */
const anyName = fc.oneof(fc.constantFrom('id', 'name', 'data'), fc.string({ unit: 'binary', maxLength: 8 }))
const quotedName = anyName.map((name) => `"${name.replaceAll(/[\\"]/g, '\\$&')}"`)
const operator = fc.constantFrom(
  'eq.',
  'not.gt.',
  'like(any).',
  'fts(english).',
  'cs.',
  'isdistinct.',
  'imatch.',
)
const rightFilter = fc
  .tuple(quotedName, operator, text)
  .map(([name, op, value]) => [name, `${op}${value}`] as const)
const leaf = fc.tuple(quotedName, operator, quotedName).map(([name, op, value]) => `${name}.${op}${value}`)
const rightTree = fc
  .tuple(fc.constantFrom('and', 'not.or'), fc.array(leaf, { minLength: 1, maxLength: 3 }))
  .map(([name, leaves]) => [name, `(${leaves.join(',')})`] as const)
const rightSelect = fc
  .array(
    fc.oneof(
      fc.constant('*'),
      quotedName,
      fc.tuple(quotedName, quotedName).map(([alias, name]) => `${alias}:${name}`),
      fc.tuple(quotedName, quotedName).map(([name, step]) => `${name}->${step}->>0::text`),
      quotedName.map((name) => `projects(${name},clients(*))`),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((items) => ['select', items.join(',')] as const)
const rightOrder = fc
  .tuple(quotedName, fc.constantFrom('', '.desc', '.asc.nullsfirst'))
  .map(([name, manner]) => ['order', `${name}${manner}`] as const)
const right = fc
  .array(fc.oneof(rightFilter, rightTree, rightSelect, rightOrder), { maxLength: 4 })
  .map((pairs) => pairs.map(([name, value]) => `${escape(name)}=${escape(value)}`).join('&'))

const wrong = fc
  .array(fc.tuple(key, text), { maxLength: 6 })
  .map((pairs) => pairs.map(([name, value]) => `${escape(name)}=${escape(value)}`).join('&'))
const query = fc.oneof(right, wrong)
const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE')
const target = fc.constantFrom(
  '/clients',
  '/projects',
  '/tree',
  '/odd',
  '/rpc/add',
  '/rpc/clients_of',
  '/rpc/whole',
)

async function compile(
  path: string,
  input: CallInput,
): Promise<{ text: string; values: readonly unknown[] } | undefined> {
  try {
    const request = await requestOf(path, input)
    return fill(
      compilePlan(planRequest(request, catalog, { maxRows: 1000, hasAggregates: true }), 1000).main,
      request.values,
    )
  } catch (error) {
    if (error instanceof Failure && error.status < 500) return undefined
    throw error
  }
}

/** Compiles whatever comes; throws only what is our own fault. */
async function isAnswered(path: string, input: CallInput): Promise<true> {
  await compile(path, input)
  return true
}

describe('any request is read, or refused with a documented failure', () => {
  test('with any query', async () => {
    const body = fc.oneof(fc.constant('{"id":1}'), text)
    const asked = fc.record({ verb: method, path: target, query, body })
    const property = fc.asyncProperty(asked, async ({ verb, path, query: q, body: sent }) =>
      isAnswered(`${path}?${q}`, { method: verb, body: sent }),
    )
    expect(await fc.check(property, { numRuns: 3000 })).toMatchObject({ failed: false })
  })

  test('with raw bytes in place of characters', async () => {
    const bytes = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 20 })
    const property = fc.asyncProperty(bytes, async (list) => {
      const escaped = list.map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
      return isAnswered(`/clients?name=eq.${escaped}&${escaped}=eq.1`, {})
    })
    expect(await fc.check(property, { numRuns: 500 })).toMatchObject({ failed: false })
  })

  test('with any headers', async () => {
    const header = fc.string({ maxLength: 40 }).map((value) => value.replaceAll(/[^\x20-\x7e]/g, ''))
    const headers = fc.record({ prefer: header, accept: header, range: header, 'content-type': header })
    const property = fc.asyncProperty(headers, fc.constantFrom('GET', 'POST'), async (sent, verb) =>
      isAnswered('/clients', { method: verb, body: '{}', headers: sent }),
    )
    expect(await fc.check(property, { numRuns: 500 })).toMatchObject({ failed: false })
  })

  test('with any body', async () => {
    const type = fc.constantFrom(
      'application/json',
      'text/csv',
      'application/x-www-form-urlencoded',
      'text/plain',
    )
    const body = fc.oneof(text, fc.json(), fc.uint8Array({ maxLength: 60 }))
    const property = fc.asyncProperty(type, body, target, async (contentType, sent, path) =>
      isAnswered(path, { method: 'POST', body: sent, headers: { 'content-type': contentType } }),
    )
    expect(await fc.check(property, { numRuns: 1000 })).toMatchObject({ failed: false })
  })
})

/** What remains of SQL when quoted names and parameters are taken out: only words and signs of our own. */
function skeleton(sql: string): string {
  return sql.replaceAll(/"(?:[^"]|"")*"/g, 'N').replaceAll(/\$\d+/g, 'P')
}

const ownWords = new Set(
  (
    'with as select from where and or not is null true false unknown distinct any all like ilike limit offset order by ' +
    'asc desc nulls first last left inner join lateral on cast N P count json_agg row_to_json coalesce nullif exists ' +
    'current_setting response headers status to_jsonb text integer to_tsvector to_tsquery plainto_tsquery e n ' +
    'phraseto_tsquery websearch_to_tsquery regconfig array_agg bigint bit varying boolean char character dec decimal ' +
    'double precision float int interval json national nchar numeric real smallint time zone without timestamp varchar'
  ).split(' '),
)

test('no text of a caller stands in the SQL but as a quoted name', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('/clients', '/projects', '/tree', '/odd'), query, async (path, q) => {
      const statement = await compile(`${path}?${q}`, {})
      const words = skeleton(statement?.text ?? '').match(/[\p{L}\p{N}_$\\;]+/gu) ?? []
      const foreign = words.filter((word) => !ownWords.has(word) && !/^\d+$/.test(word))
      expect(foreign).toEqual([])
    }),
    { numRuns: 3000 },
  )
})

test('a value can hold anything, and arrives as it was sent', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), async (raw) => {
      const value = wellFormed(raw).replaceAll('\0', '')
      const statement = await compile(`/clients?name=eq.${escape(value)}`, {})
      expect(statement?.values[0]).toBe(value)
    }),
    { numRuns: 500 },
  )
})

test('requests share a shape only if they become the same SQL', async () => {
  const seen = new Map<string, string>()
  await fc.assert(
    fc.asyncProperty(target, query, async (path, q) => {
      const input = {}
      const statement = await compile(`${path}?${q}`, input)
      if (statement === undefined) return
      const { shape } = await requestOf(`${path}?${q}`, input)
      expect(seen.get(shape) ?? statement.text).toBe(statement.text)
      seen.set(shape, statement.text)
    }),
    { numRuns: 3000 },
  )
  expect(seen.size).toBeGreaterThan(50)
})

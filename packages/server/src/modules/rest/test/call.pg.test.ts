/** Functions over HTTP, and what they can say about the answer. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Asking, type RestServer, startRestServer } from './rest-server.ts'

let server: RestServer

beforeAll(async () => {
  server = await startRestServer({ PGRST_DB_TX_END: 'commit-allow-override' })
})
afterAll(async () => {
  await server.stop()
})

const ann = { id: 1, name: 'Ann' }

test.each<readonly [path: string, asking: Asking, status: number, body: unknown]>([
  ['/rpc/add_them?a=1', {}, 200, 3],
  ['/rpc/add_them?a=1&b=5', {}, 200, 6],
  ['/rpc/add_them', { body: { a: 1, b: 6 } }, 200, 7],
  [
    '/rpc/add_them',
    { body: 'a=3', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    200,
    5,
  ],
  ['/rpc/get_clients?select=id,name&id=eq.1', {}, 200, [ann]],
  [
    '/rpc/get_clients?select=id,projects(name)&order=id.desc&limit=1&offset=1',
    {},
    200,
    [{ id: 2, projects: [{ name: 'P3' }] }],
  ],
  ['/rpc/one_client?select=id,name', { body: { which: 1 } }, 200, ann],
  ['/rpc/variadic_join?v=a&v=b', {}, 200, 'a|b'],
  ['/rpc/variadic_join', { body: { v: ['c', 'd'] } }, 200, 'c|d'],
  [
    '/rpc/numbers_to?n=2',
    {},
    200,
    [
      { x: 1, y: '1' },
      { x: 2, y: '2' },
    ],
  ],
  ['/rpc/numbers_to?n=5&x=gt.4', {}, 200, [{ x: 5, y: '5' }]],
  ['/rpc/names_of', {}, 200, ['Ann', 'Bob', 'Cy, "the" (third)']],
  ['/rpc/nothing', { method: 'POST' }, 204, undefined],
  ['/rpc/raw_json', { body: { x: [1] } }, 200, { x: [1] }],
  [
    '/rpc/raw_bytes',
    { body: new Uint8Array([1, 0, 255]), headers: { 'content-type': 'application/octet-stream' } },
    200,
    3,
  ],
  ['/rpc/overloaded', { body: { a: 1 } }, 200, 'int'],
  ['/rpc/overloaded', { body: { a: 1, b: 2 } }, 200, 'two'],
])('%s %o', async (path, asking, status, body) => {
  const answer = await server.ask(path, asking)
  expect([answer.status, answer.body]).toEqual([status, body])
})

test('a call by GET cannot change anything', async () => {
  const answer = await server.ask('/rpc/add_number?n=77')
  expect([answer.status, answer.body.code]).toEqual([405, '25006'])
})

test.each([
  ['PUT', '/rpc/nothing', 405, 'PGRST101'],
  ['PATCH', '/rpc/nothing', 405, 'PGRST101'],
])('%s %s', async (method, path, status, code) => {
  const answer = await server.ask(path, { method, body: {} })
  expect([answer.status, answer.body.code]).toEqual([status, code])
})

test('counts and ranges of results', async () => {
  const answer = await server.ask('/rpc/get_clients?limit=2', { headers: { prefer: 'count=exact' } })
  expect([answer.status, answer.headers.get('content-range')]).toEqual([206, '0-1/3'])
})

test('more rows than expected undo the call', async () => {
  const headers = { prefer: 'handling=strict,max-affected=0' }
  const answer = await server.ask('/rpc/add_number', { body: { n: 70 }, headers })
  expect([answer.status, answer.body.code]).toEqual([400, 'PGRST124'])
  expect((await server.ask('/numbers?id=eq.70')).body).toEqual([])
})

test('the caller may choose to undo, where the settings allow it', async () => {
  const headers = { prefer: 'tx=rollback' }
  const answer = await server.ask('/rpc/add_number', { body: { n: 71 }, headers })
  expect([answer.body[0].id, answer.headers.get('preference-applied')]).toEqual([71, 'tx=rollback'])
  expect((await server.ask('/numbers?id=eq.71')).body).toEqual([])
})

/** A setting, as a function sees it. */
async function setting(name: string, asking?: Asking): Promise<string> {
  return (await server.ask(`/rpc/ask?setting=${name}`, asking)).body
}

describe('the request, as functions see it', () => {
  test.each([
    ['request.method', 'GET'],
    ['request.path', '/rpc/ask'],
    ['search_path', '"public", "public", "extensions"'],
    ['role', 'anon'],
    ['transaction_read_only', 'on'],
  ])('%s', async (name, value) => {
    expect(await setting(name)).toBe(value)
  })

  test('headers, cookies, claims and time zone', async () => {
    const asking = { headers: { 'X-Tenant': 'a"b', cookie: 'one=1; two=x=y', prefer: 'timezone=Asia/Tokyo' } }
    expect(JSON.parse(await setting('request.headers', asking))).toMatchObject({ 'x-tenant': 'a"b' })
    expect(JSON.parse(await setting('request.cookies', asking))).toEqual({ one: '1', two: 'x=y' })
    expect(JSON.parse(await setting('request.jwt.claims'))).toMatchObject({ role: 'anon' })
    expect(await setting('timezone', asking)).toBe('Asia/Tokyo')
  })

  test('a time zone that is none', async () => {
    const answer = await server.ask('/rpc/ask?setting=role', { headers: { prefer: 'timezone=Nowhere' } })
    expect([answer.status, answer.body.code]).toEqual([400, '22023'])
  })
})

describe('the answer, as functions want it', () => {
  const choose = async (status: string, headers: string) =>
    server.ask('/rpc/choose', { body: { status, headers } })

  test('status and headers', async () => {
    const answer = await choose('418', '[{"x-one": "1"}, {"cache-control": "no-store"}]')
    expect([answer.status, answer.headers.get('x-one'), answer.headers.get('cache-control')]).toEqual([
      418,
      '1',
      'no-store',
    ])
  })

  test.each([
    ['nope', '[]', 'PGRST112'],
    ['99', '[]', 'PGRST112'],
    ['200', '{', 'PGRST111'],
    ['200', '{"x-one": "1"}', 'PGRST111'],
    ['200', '[{"x-one": 1}]', 'PGRST111'],
    ['200', '[{"x-one": "a\\r\\nx-two: 2"}]', 'PGRST111'],
  ])('%s %s is refused', async (status, headers, code) => {
    const answer = await choose(status, headers)
    expect([answer.status, answer.body.code]).toEqual([500, code])
  })

  test.each<readonly [code: string, message: string, detail: string, status: number, body: unknown]>([
    ['PT402', 'pay', 'now', 402, { code: 'PT402', message: 'pay', details: 'now', hint: 'a hint' }],
    ['P0001', 'no', 'x', 400, { code: 'P0001', message: 'no', details: 'x', hint: 'a hint' }],
    ['28000', 'no', 'x', 403, { code: '28000', message: 'no', details: 'x', hint: 'a hint' }],
    [
      'PGRST',
      '{"code": "123", "message": "ABC", "details": "DEF", "hint": "XYZ"}',
      '{"status": 432, "headers": {"x-raised": "yes"}}',
      432,
      { code: '123', message: 'ABC', details: 'DEF', hint: 'XYZ' },
    ],
  ])('an error %s', async (code, message, detail, status, body) => {
    const answer = await server.ask('/rpc/refuse_with', { body: { code, message, detail } })
    expect([answer.status, answer.body]).toEqual([status, body])
  })

  test('raised JSON that is none', async () => {
    const answer = await server.ask('/rpc/refuse_with', {
      body: { code: 'PGRST', message: 'x', detail: '{}' },
    })
    expect([answer.status, answer.body.code]).toEqual([500, 'PGRST121'])
  })
})

test('a role’s own settings apply to its requests', async () => {
  await server.pool.run({
    statements: [{ text: "alter role anon set statement_timeout = '150ms'", values: [] }],
  })
  await server.rest.reloadCatalog()
  const answer = await server.ask('/rpc/wait', { body: { seconds: 5 } })
  expect([answer.status, answer.body.code]).toEqual([500, '57014'])
  expect((await server.ask('/rpc/add_them?a=1')).body).toBe(3)
})

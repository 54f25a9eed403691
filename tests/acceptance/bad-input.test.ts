/** What is wrong with a call is told by status, code and the surface's own shape; nothing is written, and the next call works. */
import { createHmac } from 'node:crypto'
import net from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startServer, type TestServer } from '../start-server.ts'

const project = new URL('library', import.meta.url).pathname
let server: TestServer
let authorsBefore: string

beforeAll(async () => {
  server = await startServer({ project })
  authorsBefore = await authors()
})
afterAll(async () => server.stop())
afterEach(async () => {
  expect(await authors()).toBe(authorsBefore)
})

async function authors(): Promise<string> {
  const response = await fetch(`${server.apiUrl}/rest/v1/authors?order=id`, {
    headers: { apikey: server.anonKey },
  })
  expect(response.status).toBe(200)
  return response.text()
}

interface Told {
  readonly status: number
  readonly body: Record<string, unknown>
}

async function call(path: string, init: RequestInit = {}): Promise<Told> {
  const headers = new Headers({ apikey: server.anonKey, 'content-type': 'application/json' })
  for (const [name, value] of new Headers(init.headers)) headers.set(name, value)
  const response = await fetch(`${server.apiUrl}${path}`, { ...init, headers })
  const text = await response.text()
  expect(response.headers.get('x-request-id')).toMatch(/^[\w-]+$/)
  expect(text).not.toMatch(/node_modules|\.ts:|at \w+ \(/)
  return { status: response.status, body: text === '' ? {} : JSON.parse(text) }
}

describe('bodies', () => {
  const post = { method: 'POST' }
  test.each([
    ['invalid JSON', '/rest/v1/authors', { ...post, body: '{"name": ' }, 400, { code: 'PGRST102' }],
    ['no body', '/rest/v1/authors', { ...post, body: '' }, 400, { code: 'PGRST102' }],
    [
      'broken UTF-8',
      '/rest/v1/authors',
      { ...post, body: new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]) },
      400,
      {},
    ],
    ['a NUL in a text', '/rest/v1/authors', { ...post, body: '{"name":"a\\u0000b"}' }, 400, {}],
    [
      'a type that is none',
      '/rest/v1/authors',
      { ...post, body: 'x', headers: { 'content-type': 'image/png' } },
      400,
      { code: 'PGRST102', message: expect.stringContaining('image/png') },
    ],
    ['rows of different kinds', '/rest/v1/authors', { ...post, body: '[1, 2]' }, 400, {}],
    ['invalid JSON at sign-up', '/auth/v1/signup', { ...post, body: '{' }, 400, { error_code: 'bad_json' }],
    ['a list at sign-up', '/auth/v1/signup', { ...post, body: '[]' }, 400, {}],
    [
      'a number as password',
      '/auth/v1/signup',
      { ...post, body: '{"email":"a@example.com","password":5}' },
      400,
      {},
    ],
  ])('%s', async (_what, path, init, status, shape) => {
    expect(await call(path, init)).toMatchObject({ status, body: shape })
  })

  test('50 MB are refused, with the answer that says so', async () => {
    const body = new Uint8Array(50_000_000).fill(0x20)
    expect(await call('/rest/v1/authors', { method: 'POST', body })).toMatchObject({ status: 413 })
  })
})

describe('URLs', () => {
  test.each([
    ['an unknown table', 'nothing', 404, 'PGRST205'],
    ['an unknown column', 'authors?colour=eq.red', 400, '42703'],
    ['an unknown column in select', 'authors?select=colour', 400, '42703'],
    ['an unknown operator', 'authors?name=equals.x', 400, 'PGRST100'],
    ['no operator', 'authors?name=x', 400, 'PGRST100'],
    ['an unknown relationship', 'authors?select=name,shops(*)', 400, 'PGRST200'],
    ['a broken list', 'authors?id=in.(1,2', 400, 'PGRST100'],
    ['a text for a number', 'authors?id=eq.abc', 400, '22P02'],
    ['a NUL', 'authors?name=eq.a%00b', 400, undefined],
    ['SQL as a table', 'authors;drop%20table%20books', 404, 'PGRST205'],
    ['SQL as a column', 'authors?select=name"%20from%20pg_shadow--', 400, undefined],
    ['SQL as an order', 'authors?order=name;drop%20table%20books', 400, undefined],
    ['an unknown schema', 'authors', 406, 'PGRST106', { 'accept-profile': 'pg_catalog' }],
    ['a range out of bounds', 'authors?offset=500', 416, 'PGRST103', { prefer: 'count=exact' }],
  ])('%s', async (_what, path, status, code, headers?: Record<string, string>) => {
    const told = await call(`/rest/v1/${path}`, headers === undefined ? {} : { headers })
    expect(told).toMatchObject({ status, body: { message: expect.any(String) } })
    if (code !== undefined) expect(told.body['code']).toBe(code)
  })

  test('SQL in a value is a value', async () => {
    const told = await call(`/rest/v1/authors?name=eq.${encodeURIComponent("x' or '1'='1")}`)
    expect(told).toEqual({ status: 200, body: [] })
  })

  test('broken percent sequences are refused or taken literally, never a 500', async () => {
    for (const path of ['authors?name=eq.%ff', 'authors?%zz=eq.1', '%ff', 'authors?select=%c3%28'])
      expect((await call(`/rest/v1/${path}`)).status).toBeLessThan(500)
  })

  test.each(['/auth/v1/nothing', '/rest/v1/', '/nothing', '/rest/v1/a/b/c'])(
    'nothing is at %s',
    async (path) => {
      expect((await call(path)).status).toBeLessThan(500)
    },
  )
})

describe('keys and tokens', () => {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const now = () => Math.floor(Date.now() / 1000)

  function hs256(
    claims: object,
    secret: unknown = server.status['jwt_secret'],
    header: object = { alg: 'HS256', typ: 'JWT' },
  ) {
    const content = `${encode(header)}.${encode(claims)}`
    return `${content}.${createHmac('sha256', String(secret)).update(content).digest('base64url')}`
  }

  async function withToken(token: string): Promise<Told> {
    return call('/rest/v1/authors', { headers: { authorization: `Bearer ${token}` } })
  }

  test('no key', async () => {
    const response = await fetch(`${server.apiUrl}/rest/v1/authors`)
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ message: 'No API key found in request' })
  })

  test('an unknown key', async () => {
    expect(await call('/rest/v1/authors', { headers: { apikey: 'sb_publishable_wrong' } })).toMatchObject({
      status: 401,
    })
  })

  test('the short keys serve as the long ones', async () => {
    const key = String(server.status['publishable_key'])
    expect(
      await call('/rest/v1/authors?limit=1', { headers: { apikey: key, authorization: `Bearer ${key}` } }),
    ).toMatchObject({ status: 200 })
  })

  test('each wrong token has its own answer', async () => {
    const good = { role: 'authenticated', sub: '00000000-0000-4000-8000-000000000000', exp: now() + 60 }
    expect((await withToken(hs256(good))).status).toBe(200)
    const answers = [
      await withToken('nonsense'),
      await withToken(`${encode({ alg: 'none', typ: 'JWT' })}.${encode(good)}.`),
      await withToken(hs256(good, 'another secret that is long enough to be one')),
      await withToken(hs256({ ...good, exp: now() - 3600 })),
      await withToken(hs256({ ...good, nbf: now() + 3600 })),
      await withToken(hs256({ ...good, role: 'no_such_role' })),
      await withToken(hs256(good, undefined, { alg: 'HS512', typ: 'JWT' })),
    ]
    for (const answer of answers) {
      expect([401, 403]).toContain(answer.status)
      expect(answer.body).toMatchObject({ code: expect.any(String), message: expect.any(String) })
    }
    const messages = answers.map((answer) => String(answer.body['message']))
    expect(new Set(messages).size).toBeGreaterThanOrEqual(5)
  })

  test('a public key is no HMAC secret', async () => {
    const response = await fetch(`${server.apiUrl}/auth/v1/.well-known/jwks.json`)
    const { keys } = JSON.parse(await response.text())
    const header = { alg: 'HS256', typ: 'JWT', kid: keys[0]?.kid }
    const forged = hs256({ role: 'service_role', exp: now() + 60 }, JSON.stringify(keys[0]), header)
    expect((await withToken(forged)).status).toBe(401)
  })

  test('a role that is not for callers is refused', async () => {
    expect([401, 403]).toContain((await withToken(hs256({ role: 'postgres', exp: now() + 60 }))).status)
  })
})

describe('the connection', () => {
  /** Sends bytes as they are, and reads until the server closes or is silent. */
  async function raw(text: string | Buffer, end = false): Promise<string> {
    const { port } = new URL(server.apiUrl)
    return new Promise((resolve) => {
      let answer = ''
      const socket = net.connect(Number(port), '127.0.0.1', () =>
        end ? socket.end(text) : socket.write(text),
      )
      socket.setTimeout(1000, () => socket.destroy())
      socket.on('data', (chunk) => (answer += chunk.toString()))
      socket.on('error', () => undefined)
      socket.on('close', () => resolve(answer))
    })
  }

  test('20 kB of headers', async () => {
    const answer = await raw(
      `GET /rest/v1/authors HTTP/1.1\r\nHost: x\r\nx-big: ${'a'.repeat(20_000)}\r\n\r\n`,
    )
    expect(answer).toMatch(/^HTTP\/1.1 431 /)
    expect(answer).toContain('"code":"headers_too_large"')
  })

  test.each([
    ['no HTTP at all', 'hello\r\n\r\n', /^HTTP\/1.1 400 /],
    ['a broken Host', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n', /^HTTP\/1.1 400 /],
    ['a NUL in the request line', 'GET /rest/v1/\0 HTTP/1.1\r\nHost: x\r\n\r\n', /^HTTP\/1.1 400 /],
  ])('%s', async (_what, text, expected) => {
    expect(await raw(text)).toMatch(expected)
  })

  test('a request that is cut off half-way writes nothing', async () => {
    const head = `POST /rest/v1/authors HTTP/1.1\r\nHost: x\r\napikey: ${server.anonKey}\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n`
    expect(await raw(`${head}{"name":"half`, true)).not.toMatch(/^HTTP\/1.1 2/)
  })
})

describe('browsers', () => {
  test('a preflight allows what supabase-js sends', async () => {
    const response = await fetch(`${server.apiUrl}/rest/v1/authors`, {
      method: 'OPTIONS',
      headers: {
        origin: 'http://localhost:5173',
        'access-control-request-method': 'POST',
        'access-control-request-headers':
          'apikey,authorization,content-profile,content-type,prefer,x-client-info',
      },
    })
    expect(response.ok).toBe(true)
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(response.headers.get('access-control-allow-methods')).toContain('POST')
    expect(response.headers.get('access-control-allow-headers')).toContain('x-client-info')
  })

  test('refusals carry the headers too, so that a page can read them', async () => {
    const response = await fetch(`${server.apiUrl}/rest/v1/authors`, {
      headers: { origin: 'http://localhost:5173' },
    })
    expect(response.status).toBe(401)
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
  })
})

/** REST alone over a database that Plinth did not set up, by PostgREST's settings. */
import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startThrowawayServer, type ThrowawayServer } from '../../../../test/throwaway-server.ts'
import { dbModule } from '../../../db/module.ts'
import { defineModule, defineToken } from '../../../kernel/module.ts'
import { signWith } from '../../keys/json-web-token.ts'
import { keysModule } from '../../keys/module.ts'
import { restModule } from '../module.ts'
import { aloneSchema, type AloneServer, secret, startAlone, tokenOf } from './alone-server.ts'

let postgres: ThrowawayServer

beforeAll(async () => {
  postgres = await startThrowawayServer(18)
  await run(aloneSchema)
})
afterAll(async () => {
  await postgres.stop()
})

/** As the superuser; answers the first value of the last statement. */
async function run(text: string): Promise<unknown> {
  const client = await postgres.client()
  const results = [await client.query<unknown[]>({ text, rowMode: 'array' })].flat()
  await client.end()
  return results.at(-1)?.rows[0]?.[0]
}

async function withServer(
  env: Readonly<Record<string, string | undefined>>,
  use: (server: AloneServer) => Promise<void>,
): Promise<void> {
  const server = await startAlone(postgres, env)
  try {
    await use(server)
  } finally {
    await server.stop()
  }
}

async function codeOf(answer: Response): Promise<unknown> {
  const body: unknown = await answer.json()
  return [answer.status, typeof body === 'object' && body !== null && 'code' in body ? body.code : undefined]
}

test('leaves no trace in the database', async () => {
  const traces = `select md5(string_agg(t::text, '' order by t::text)) from (
    select relname from pg_class union all select proname from pg_proc union all select nspname from pg_namespace
    union all select rolname from pg_roles union all select setconfig::text from pg_db_role_setting
    union all select evtname from pg_event_trigger) t`
  const before = await run(traces)
  await withServer({}, async (server) => {
    expect(await (await server.ask('/items?select=id&order=id')).json()).toEqual([{ id: 1 }, { id: 2 }])
  })
  expect(await run(traces)).toBe(before)
})

test('is at its path, and nowhere else', async () => {
  await withServer({ PLINTH_REST_PATH: undefined }, async (server) => {
    expect((await server.ask('/rest/v1/items')).status).toBe(200)
    expect((await server.ask('/items')).status).toBe(404)
  })
  await withServer({}, async (server) => {
    expect(await codeOf(await server.ask('/rest/v1/items'))).toEqual([404, 'PGRST125'])
    expect(await (await server.ask('/rpc/setting?name=request.path')).json()).toBe('/rpc/setting')
  })
})

test('modules with tables of their own are refused', async () => {
  const other = defineModule({
    provides: defineToken('other'),
    needs: {},
    settings: {},
    migrations: [{ id: '0001_tables', sql: 'select 1' }],
    start: async () => ({ api: {} }),
  })
  await expect(startAlone(postgres, {}, [dbModule, keysModule, restModule, other])).rejects.toThrow(
    'add --only rest',
  )
})

describe('who asks', () => {
  test.each<
    readonly [
      name: string,
      env: Record<string, string | undefined>,
      headers: Record<string, string>,
      expected: unknown,
    ]
  >([
    ['nobody', {}, {}, 200],
    ['nobody, where nobody may', { PGRST_DB_ANON_ROLE: undefined }, {}, [401, 'PGRST302']],
    ['a user', { PGRST_DB_ANON_ROLE: undefined }, tokenOf({ role: 'web_user' }), 200],
    ['a key means nothing', {}, { apikey: 'sb_secret_unknown' }, 200],
    ['a token without a role', {}, tokenOf({ sub: '1' }), 200],
    ['nor anonymous either', { PGRST_DB_ANON_ROLE: undefined }, tokenOf({ sub: '1' }), [401, 'PGRST302']],
    ['a foreign token', {}, tokenOf({ role: 'web_user' }, `${secret}?`), [401, 'PGRST301']],
    ['no secret', { PGRST_JWT_SECRET: undefined }, tokenOf({ role: 'web_user' }), [500, 'PGRST300']],
    ['a role that there is not', {}, tokenOf({ role: 'nobody' }), [401, '22023']],
    [
      'another audience',
      { PGRST_JWT_AUD: 'us' },
      tokenOf({ role: 'web_user', aud: 'them' }),
      [401, 'PGRST303'],
    ],
    ['our audience', { PGRST_JWT_AUD: 'us' }, tokenOf({ role: 'web_user', aud: ['them', 'us'] }), 200],
    ['no audience', { PGRST_JWT_AUD: 'us' }, tokenOf({ role: 'web_user' }), 200],
    ['an audience that is none', {}, tokenOf({ role: 'web_user', aud: 7 }), [401, 'PGRST303']],
    [
      'a secret in base64',
      { PGRST_JWT_SECRET: Buffer.from(secret).toString('base64'), PGRST_JWT_SECRET_IS_BASE64: 'true' },
      tokenOf({ role: 'web_user' }),
      200,
    ],
    [
      'a secret as JWK',
      { PGRST_JWT_SECRET: JSON.stringify({ kty: 'oct', k: Buffer.from(secret).toString('base64url') }) },
      tokenOf({ role: 'web_user' }),
      200,
    ],
  ])('%s', async (_name, env, headers, expected) => {
    await withServer(env, async (server) => {
      const answer = await server.ask('/items', { headers })
      expect(answer.status === 200 ? 200 : await codeOf(answer)).toEqual(expected)
    })
  })

  test('the role is where the path says', async () => {
    await withServer({ PGRST_JWT_ROLE_CLAIM_KEY: '$.app.roles[?(@ == "web_user")]' }, async (server) => {
      const headers = tokenOf({ app: { roles: ['x', 'web_user'] } })
      expect(await (await server.ask('/rpc/setting?name=role', { headers })).json()).toBe('web_user')
      const claims = await (await server.ask('/rpc/setting?name=request.jwt.claims', { headers })).json()
      expect(JSON.parse(String(claims))).toEqual({ app: { roles: ['x', 'web_user'] }, role: 'web_user' })
    })
  })

  test('a set of public keys verifies', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const keys = [
      { ...publicKey.export({ format: 'jwk' }), kid: 'k1' },
      { kty: 'OKP', crv: 'Ed25519', x: 'AA' },
    ]
    await withServer({ PGRST_JWT_SECRET: JSON.stringify({ keys }) }, async (server) => {
      const token = signWith({ algorithm: 'ES256', kid: 'k1', key: privateKey }, { role: 'web_user' })
      const headers = { authorization: `Bearer ${token}` }
      expect(await (await server.ask('/rpc/setting?name=role', { headers })).json()).toBe('web_user')
    })
  })

  test('what is wrong with a token is said in the challenge', async () => {
    await withServer({}, async (server) => {
      const answer = await server.ask('/items', { headers: tokenOf({ role: 'web_user', exp: 1 }) })
      const challenge = 'Bearer error="invalid_token", error_description="JWT expired"'
      expect(answer.headers.get('www-authenticate')).toBe(challenge)
      expect(answer.headers.get('proxy-status')).toBe('PostgREST; error=PGRST303')
      expect((await server.ask('/secrets')).headers.get('www-authenticate')).toBe('Bearer')
    })
  })

  test.each([
    [{ PGRST_JWT_SECRET: 'short' }, 'at least 32'],
    [{ PGRST_JWT_ROLE_CLAIM_KEY: 'role' }, 'JSON path'],
    [{ PGRST_DB_SCHEMAS: 'api,pg_catalog' }, 'cannot be served'],
    [{ PGRST_OPENAPI_SERVER_PROXY_URI: 'ftp://x' }, 'a URL such as'],
  ])('%j does not start', async (env, reason) => {
    await expect(startAlone(postgres, env)).rejects.toThrow(reason)
  })
})

describe("the database's own settings", () => {
  const schemasOf = (server: AloneServer): readonly string[] => [...server.rest.catalog().schemas.keys()]

  test('win over given ones, and follow it while the server runs', async () => {
    await withServer({}, async (server) => {
      expect(schemasOf(server)).toEqual(['api'])
      await run(`alter role web_login set pgrst.db_schemas = 'other, api';\nnotify pgrst, 'reload config'`)
      await expect.poll(() => schemasOf(server)).toEqual(['other', 'api'])
      expect((await server.ask('/things')).status).toBe(200)
      expect((await server.ask('/things')).headers.get('content-profile')).toBe('other')
      await run(`alter role web_login set pgrst.db_tx_end = 'nonsense';\nnotify pgrst, 'reload config'`)
      await expect.poll(() => server.observed.join()).toContain('pgrst.db_tx_end')
      await run(`alter role web_login reset all;\nnotify pgrst, 'reload schema'`)
      await expect.poll(() => schemasOf(server)).toEqual(['api'])
      expect((await server.ask('/things')).status).toBe(404)
    })
  })

  test('a secret that changes counts at once; one that can not be changes nothing', async () => {
    await withServer({}, async (server) => {
      const other = `${secret}, but changed`
      const statusWith = async (key: string): Promise<number> =>
        (await server.ask('/items', { headers: tokenOf({ role: 'web_user' }, key) })).status
      await run(`alter role web_login set pgrst.jwt_secret = '${other}';\nnotify pgrst, 'reload config'`)
      await expect.poll(async () => statusWith(other)).toBe(200)
      expect(await statusWith(secret)).toBe(401)
      await run(`alter role web_login set pgrst.jwt_secret = 'short';\nnotify pgrst, 'reload config'`)
      await expect
        .poll(async () => {
          await statusWith(other)
          return server.observed.join()
        })
        .toContain('tokens are checked as before')
      expect(await statusWith(other)).toBe(200)
      await run('alter role web_login reset all')
    })
  })

  test('a function may say them, and the role wins over it', async () => {
    await run(`alter role web_login set pgrst.server_timing_enabled = 'false'`)
    await withServer({ PGRST_DB_PRE_CONFIG: 'api.configure' }, async (server) => {
      expect(schemasOf(server)).toEqual(['other'])
      expect((await server.ask('/things')).headers.has('server-timing')).toBe(false)
    })
    await run('alter role web_login reset all')
  })

  test('are left alone when so said', async () => {
    await run(`alter role web_login set pgrst.db_schemas = 'other'`)
    await withServer({ PGRST_DB_CONFIG: 'false' }, async (server) => {
      expect(schemasOf(server)).toEqual(['api'])
    })
    await run('alter role web_login reset all')
  })
})

describe('the transaction', () => {
  test('begins with the function of every request', async () => {
    await withServer({ PGRST_DB_PRE_REQUEST: 'api.before' }, async (server) => {
      for (const path of ['/items', '/rpc/add?a=1', '/']) {
        expect([path, (await server.ask(path)).headers.get('x-before')]).toEqual([
          path,
          path === '/' ? null : 'yes',
        ])
        expect((await server.ask(path, { headers: { 'x-refuse': '1' } })).status).toBe(418)
      }
    })
  })

  test('has the settings of the app, the role and the function', async () => {
    await withServer({ PGRST_APP_SETTINGS_color: 'green' }, async (server) => {
      const setting = async (name: string, headers = {}): Promise<unknown> =>
        (await server.ask(`/rpc/setting?name=${name}`, { headers })).json()
      expect(await setting('app.settings.color')).toBe('green')
      expect(await setting('transaction_isolation')).toBe('read committed')
      expect(await setting('transaction_isolation', tokenOf({ role: 'web_user' }))).toBe('repeatable read')
      expect(await setting('transaction_read_only', tokenOf({ role: 'web_user' }))).toBe('on')
      expect(await (await server.ask('/rpc/isolated', { method: 'POST' })).json()).toBe('serializable')
      expect(await codeOf(await server.ask('/rpc/slow', { method: 'POST' }))).toEqual([500, '57014'])
    })
    await withServer({ PGRST_DB_HOISTED_TX_SETTINGS: 'work_mem' }, async (server) => {
      expect(await (await server.ask('/rpc/isolated', { method: 'POST' })).json()).toBe('read committed')
    })
  })
})

describe('answers', () => {
  test.each<readonly [path: string, accept: string, type: string | null, body: string]>([
    ['/rpc/page', 'text/html', 'text/html', '<b>Hi</b>'],
    ['/rpc/page', 'text/html;q=0.9, image/png', 'text/html', '<b>Hi</b>'],
    ['/rpc/page', '*/*', 'application/json; charset=utf-8', '"<b>Hi</b>"'],
    ['/rpc/picture', 'image/png', 'image/png', '\u{89}PNG'],
    ['/rpc/anything', 'any/thing', 'app/mine', 'mine'],
    ['/items?order=id', 'application/vnd.list', 'application/vnd.list', '1;2;'],
    ['/items?id=eq.9', 'application/vnd.list', 'application/vnd.list', ''],
  ])('%s as %s', async (path, accept, type, body) => {
    await withServer({}, async (server) => {
      const answer = await server.ask(path, { headers: { accept } })
      const text = Buffer.from(await answer.arrayBuffer()).toString('latin1')
      expect([answer.status, answer.headers.get('content-type'), text]).toEqual([200, type, body])
    })
  })

  test.each<readonly [path: string, accept: string, named: string]>([
    ['/items?select=id', 'application/vnd.list', 'application/vnd.list'],
    ['/items', 'text/html', 'text/html'],
    ['/items', 'application/vnd.pgrst.plan', 'application/vnd.pgrst.plan+text; for="application/json"'],
    ['/', 'text/csv', 'text/csv'],
  ])('%s can not be %s', async (path, accept, named) => {
    await withServer({}, async (server) => {
      const answer = await server.ask(path, { headers: { accept } })
      expect(answer.status).toBe(406)
      expect(await answer.json()).toMatchObject({
        message: `None of these media types are available: ${named}`,
      })
    })
  })

  test('a plan in place of the rows', async () => {
    await withServer({ PGRST_DB_PLAN_ENABLED: 'true' }, async (server) => {
      const plan = async (accept: string, init: RequestInit = {}): Promise<Response> =>
        server.ask('/items', {
          ...init,
          headers: { accept, prefer: 'return=representation', 'content-type': 'application/json' },
        })
      const json = await plan('application/vnd.pgrst.plan+json; options=verbose')
      expect(json.headers.get('content-type')).toBe(
        'application/vnd.pgrst.plan+json; for="application/json"; options=verbose; charset=utf-8',
      )
      expect(await json.json()).toMatchObject([{ Plan: { 'Node Type': 'Aggregate' } }])
      expect(await (await plan('application/vnd.pgrst.plan')).text()).toMatch(/^Aggregate {2}\(cost/)
      const before = await run('select count(*) from api.items')
      const written = await plan('application/vnd.pgrst.plan+text', { method: 'POST', body: '{"id": 50}' })
      expect(await written.text()).toContain('Insert on items')
      expect(await run('select count(*) from api.items')).toBe(before)
    })
  })

  test('say how long they took, and copy the header that traces them', async () => {
    const env = { PGRST_SERVER_TIMING_ENABLED: 'true', PGRST_SERVER_TRACE_HEADER: 'X-Trace' }
    await withServer(env, async (server) => {
      const answer = await server.ask('/items', { headers: { 'x-trace': 'abc' } })
      const stages =
        /^jwt;dur=[\d.]+, parse;dur=[\d.]+, plan;dur=[\d.]+, transaction;dur=[\d.]+, response;dur=[\d.]+$/
      expect(answer.headers.get('server-timing')).toMatch(stages)
      expect(answer.headers.get('x-trace')).toBe('abc')
      expect((await server.ask('/nope', { headers: { 'x-trace': 'abc' } })).headers.get('x-trace')).toBe(
        'abc',
      )
    })
  })

  test('refuse in few words where that is wanted', async () => {
    await withServer({ PGRST_CLIENT_ERROR_VERBOSITY: 'minimal' }, async (server) => {
      expect(Object.keys(Object(await (await server.ask('/item')).json()))).toEqual(['code', 'message'])
    })
  })

  test('name the origins that may read them', async () => {
    await withServer(
      { PGRST_SERVER_CORS_ALLOWED_ORIGINS: 'https://a.example, https://b.example' },
      async (server) => {
        const allowed = async (origin: string): Promise<unknown> => {
          const { headers } = await server.ask('/items', { headers: { origin } })
          return [headers.get('access-control-allow-origin'), headers.get('access-control-allow-credentials')]
        }
        expect(await allowed('https://b.example')).toEqual(['https://b.example', 'true'])
        expect(await allowed('https://c.example')).toEqual([null, null])
      },
    )
  })
})

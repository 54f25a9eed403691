/** The root of the surface. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startThrowawayServer, type ThrowawayServer } from '../../../../test/throwaway-server.ts'
import { aloneSchema, type AloneServer, startAlone, tokenOf } from './alone-server.ts'

let postgres: ThrowawayServer
let server: AloneServer

beforeAll(async () => {
  postgres = await startThrowawayServer(18)
  const client = await postgres.client()
  await client.query(aloneSchema)
  await client.end()
  server = await startAlone(postgres)
})
afterAll(async () => {
  await server.stop()
  await postgres.stop()
})

async function read(from: AloneServer, headers: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const answer = await from.ask('/', { headers })
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    200,
    'application/openapi+json; charset=utf-8',
  ])
  return answer.json()
}

function pathsOf(document: unknown): readonly string[] {
  const paths: unknown = Reflect.get(Object(document), 'paths')
  return Object.keys(Object(paths)).toSorted()
}

async function withServer(
  env: Readonly<Record<string, string | undefined>>,
  use: (other: AloneServer) => Promise<void>,
): Promise<void> {
  const other = await startAlone(postgres, env)
  try {
    await use(other)
  } finally {
    await other.stop()
  }
}

describe('the description', () => {
  test('has a head, and parts for tables', async () => {
    expect(await read(server)).toMatchObject({
      swagger: '2.0',
      info: { title: 'Shop', description: 'What is sold, and to whom.' },
      basePath: '/',
      schemes: ['http'],
      definitions: {
        items: {
          description: 'What is sold\nOne row each.',
          type: 'object',
          required: ['id'],
          properties: {
            id: { type: 'integer', format: 'int32', description: 'Note:\nThis is a Primary Key.<pk/>' },
            maker_id: {
              description: "Note:\nThis is a Foreign Key to `makers.id`.<fk table='makers' column='id'/>",
            },
            size: { type: 'string', format: 'api.size', enum: ['s', 'm'] },
            price: { type: 'number', format: 'numeric', default: 1.5, description: 'In euros' },
          },
        },
        makers: { properties: { name: { type: 'string', maxLength: 20, default: 'nobody' } } },
      },
      parameters: {
        'rowFilter.items.price': { name: 'price', in: 'query', description: 'In euros', required: false },
        'body.items': { in: 'body', schema: { $ref: '#/definitions/items' } },
      },
      paths: {
        '/items': {
          get: { summary: 'What is sold', description: 'One row each.', tags: ['items'] },
          patch: { responses: { 204: { description: 'No Content' } } },
        },
      },
    })
  })

  test('has parts for functions', async () => {
    const document = await read(server)
    expect(document).toMatchObject({
      paths: {
        '/rpc/add': {
          get: {
            summary: 'Adds',
            parameters: [
              { name: 'a', in: 'query', required: true, type: 'integer', format: 'int32' },
              { name: 'b', required: false },
            ],
          },
          post: { parameters: [{ name: 'args', in: 'body', schema: { required: ['a'] } }, {}] },
        },
      },
    })
    expect(document).not.toHaveProperty(['paths', '/rpc/slow', 'get'])
    expect(document).not.toHaveProperty('security')
  })

  test('shows what the caller may use', async () => {
    const anon = pathsOf(await read(server))
    expect(anon).toEqual(expect.arrayContaining(['/', '/items', '/makers', '/rpc/page']))
    expect(anon).not.toEqual(expect.arrayContaining(['/secrets']))
    expect(anon).not.toContain('/rpc/told')
    const user = pathsOf(await read(server, tokenOf({ role: 'web_user' })))
    expect(user).toContain('/secrets')
    expect(user).not.toContain('/makers')
  })

  test('shows all where privileges do not matter, and how to send a token', async () => {
    const env = { PGRST_OPENAPI_MODE: 'ignore-privileges', PGRST_OPENAPI_SECURITY_ACTIVE: 'true' }
    await withServer(env, async (other) => {
      const document = await read(other)
      expect(pathsOf(document)).toEqual(expect.arrayContaining(['/secrets', '/rpc/told']))
      expect(document).toMatchObject({
        security: [{ JWT: [] }],
        securityDefinitions: { JWT: { in: 'header', name: 'Authorization' } },
        paths: { '/rpc/told': { get: { parameters: [{ type: 'array', collectionFormat: 'multi' }] } } },
      })
    })
  })

  test('says under which URL clients come', async () => {
    await withServer({ PGRST_OPENAPI_SERVER_PROXY_URI: 'https://api.example/base' }, async (other) => {
      expect(await read(other)).toMatchObject({
        host: 'api.example:443',
        basePath: '/base',
        schemes: ['https'],
      })
    })
  })

  test('is of the schema that is asked for', async () => {
    await withServer({ PGRST_DB_SCHEMAS: 'api,other' }, async (other) => {
      expect(pathsOf(await read(other, { 'accept-profile': 'other' }))).toEqual(['/', '/things'])
    })
  })
})

test.each<readonly [method: string, status: number, allow: string | null]>([
  ['HEAD', 200, null],
  ['OPTIONS', 200, 'OPTIONS,GET,HEAD'],
  ['POST', 405, null],
])('%s', async (method, status, allow) => {
  const answer = await server.ask('/', { method })
  expect([answer.status, answer.headers.get('allow')]).toEqual([status, allow])
  if (method !== 'POST') expect(await answer.text()).toBe('')
})

test('may be left out, or be what a function says', async () => {
  await withServer({ PGRST_OPENAPI_MODE: 'disabled' }, async (other) => {
    expect(await (await other.ask('/')).json()).toMatchObject({ code: 'PGRST126' })
  })
  await withServer({ PGRST_DB_ROOT_SPEC: 'root' }, async (other) => {
    expect(await (await other.ask('/')).json()).toEqual({ swagger: 'mine' })
  })
})

/** Reading over HTTP: what comes back, and what the headers say about it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RestServer, startRestServer } from './rest-server.ts'

let server: RestServer

beforeAll(async () => {
  server = await startRestServer()
})
afterAll(async () => {
  await server.stop()
})

describe('rows', () => {
  test.each<readonly [path: string, rows: unknown]>([
    ['/clients?select=id,who:name,amount::text&id=eq.1', [{ id: 1, who: 'Ann', amount: '1.50' }]],
    ['/clients?select=data->a->b->1,note:data->>note&id=eq.1', [{ b: 2, note: 'x' }]],
    ['/clients?select=tags->0&id=eq.1', [{ tags: 'x' }]],
    ['/clients?select=id,shout&id=eq.1', [{ id: 1, shout: 'ANN' }]],
    ['/clients?select=id&order=born.desc.nullslast,id', [{ id: 1 }, { id: 3 }, { id: 2 }]],
    ['/clients?select=id&order=born.nullsfirst', [{ id: 2 }, { id: 3 }, { id: 1 }]],
    ['/clients?select=id&order=id&limit=1&offset=1', [{ id: 2 }]],
    ['/clients?select=id&order=id&limit=0', []],
    ['/clients?select=id&order=id&limit=1&offset=-1', [{ id: 1 }]],
    ['/clients?select=id&name=like.A%', [{ id: 1 }]],
    ['/clients?select=id&name=in.(Ann,"Cy, \\"the\\" (third)")&order=id', [{ id: 1 }, { id: 3 }]],
    ['/clients?select=id&id=in.()', []],
    ['/clients?select=id&name=like(any).{A*,B*}&order=id', [{ id: 1 }, { id: 2 }]],
    [
      '/clients?select=id&or=(id.eq.1,and(name.eq.Bob,is_active.not.is.true))&order=id',
      [{ id: 1 }, { id: 2 }],
    ],
    ['/clients?select=id&doc=fts(english).cat', [{ id: 1 }]],
    ['/clients?select=id&name=plfts(simple).bob', [{ id: 2 }]],
    ['/clients?select=id&tags=cs.{x}', [{ id: 1 }]],
    ['/clients?select=id&span=ov.[2,6)&order=id', [{ id: 1 }, { id: 2 }]],
    ['/clients?select=id&span=adj.[9,10)', [{ id: 2 }]],
    ['/clients?select=id&data->>note=eq.z', [{ id: 3 }]],
    ['/clients?select=id&data=cs.{"note":"x"}', [{ id: 1 }]],
    ['/clients?select=id&is_active=is.unknown', [{ id: 3 }]],
    ['/clients?select=id&color=eq.red&born=gte.2000-01-01', [{ id: 1 }]],
    ['/clients?select=id&is_active=isdistinct.true&order=id', [{ id: 2 }, { id: 3 }]],
    [
      '/odd%20name?select="the%20\\"column\\",%20really","a.b"',
      [{ 'the "column", really': 'odd', 'a.b': 'dotted' }],
    ],
    ['/odd%20name?select=id&"a.b"=eq.dotted', [{ id: 1 }]],
    ['/client_names?id=eq.2', [{ id: 2, name: 'Bob' }]],
  ])('%s', async (path, rows) => {
    const { status, body } = await server.ask(path)
    expect({ status, body }).toEqual({ status: 200, body: rows })
  })
})

describe('embedding', () => {
  test.each<readonly [path: string, rows: unknown]>([
    [
      '/clients?select=id,projects(name,tasks(title))&projects.order=name&projects.tasks.order=title&order=id&limit=2',
      [
        {
          id: 1,
          projects: [
            { name: 'P1', tasks: [{ title: 't1' }, { title: 't2' }] },
            { name: 'P2', tasks: [{ title: 't3' }] },
          ],
        },
        { id: 2, projects: [{ name: 'P3', tasks: [] }] },
      ],
    ],
    [
      '/projects?select=name,clients(name)&order=id.desc&limit=2',
      [
        { name: 'P4', clients: null },
        { name: 'P3', clients: { name: 'Bob' } },
      ],
    ],
    ['/projects?select=name,c:clients!inner(id)&c.name=eq.Bob', [{ name: 'P3', c: { id: 2 } }]],
    ['/projects?select=name,client_id(name)&id=eq.1', [{ name: 'P1', client_id: { name: 'Ann' } }]],
    ['/clients?select=id,projects!inner(name)&projects.name=eq.P3', [{ id: 2, projects: [{ name: 'P3' }] }]],
    ['/clients?select=id,projects()&projects=is.null', [{ id: 3 }]],
    [
      '/projects?select=name,users(name)&users.order=name.desc&users.limit=1&id=eq.1',
      [{ name: 'P1', users: [{ name: 'U2' }] }],
    ],
    ['/users?select=name,profiles(bio)&profiles=not.is.null', [{ name: 'U1', profiles: { bio: 'first' } }]],
    ['/profiles?select=bio,users(name)', [{ bio: 'first', users: { name: 'U1' } }]],
    ['/folders?select=id,folders(id)&id=eq.1', [{ id: 1, folders: [{ id: 2 }, { id: 3 }] }]],
    ['/folders?select=id,up:parent_id(id)&id=eq.2', [{ id: 2, up: { id: 1 } }]],
    [
      '/trips?select=start:folders!trips_from_fkey(name),goal:folders!to(name)',
      [{ start: { name: 'root' }, goal: { name: 'home' } }],
    ],
    [
      '/projects?select=name,...clients(client:name)&order=clients(client).desc&id=lt.3',
      [
        { name: 'P1', client: 'Ann' },
        { name: 'P2', client: 'Ann' },
      ],
    ],
  ])('%s', async (path, rows) => {
    const { status, body } = await server.ask(path)
    expect({ status, body }).toEqual({ status: 200, body: rows })
  })
})

describe('ranges and counts', () => {
  test.each<readonly [path: string, headers: Record<string, string>, status: number, range: string]>([
    ['/clients', {}, 200, '0-2/*'],
    ['/clients?id=eq.9', {}, 200, '*/*'],
    ['/clients', { prefer: 'count=exact' }, 200, '0-2/3'],
    ['/clients?id=eq.9', { prefer: 'count=exact' }, 200, '*/0'],
    ['/clients?limit=2', { prefer: 'count=exact' }, 206, '0-1/3'],
    ['/clients?limit=2&offset=1', { prefer: 'count=estimated' }, 206, '1-2/3'],
    ['/clients', { range: '1-1', prefer: 'count=exact' }, 206, '1-1/3'],
    ['/clients?limit=2', { range: '1-' }, 200, '1-1/*'],
    ['/projects?select=clients!inner(id)', { prefer: 'count=exact' }, 200, '0-2/3'],
    ['/clients?select=projects()&projects=is.null', { prefer: 'count=exact' }, 200, '0-0/1'],
  ])('%s %o', async (path, headers, status, range) => {
    const answer = await server.ask(path, { headers })
    expect([answer.status, answer.headers.get('content-range')]).toEqual([status, range])
    expect(answer.headers.get('preference-applied')).toBe(headers['prefer'] ?? null)
  })

  test('a planned count is what the planner expects', async () => {
    await server.pool.run({ statements: [{ text: 'analyze public.clients', values: [] }] })
    const answer = await server.ask('/clients', { headers: { prefer: 'count=planned' } })
    expect(answer.headers.get('content-range')).toBe('0-2/3')
  })

  test('behind the end', async () => {
    const answer = await server.ask('/clients?offset=7', { headers: { prefer: 'count=exact' } })
    expect([answer.status, answer.body.code, answer.body.details]).toEqual([
      416,
      'PGRST103',
      'An offset of 7 was requested, but there are only 3 rows.',
    ])
  })
})

describe('forms', () => {
  test('HEAD has the headers and no body', async () => {
    const answer = await server.ask('/clients', { method: 'HEAD', headers: { prefer: 'count=exact' } })
    expect([answer.status, answer.text, answer.headers.get('content-range')]).toEqual([200, '', '0-2/3'])
  })

  test('a single object', async () => {
    const headers = { accept: 'application/vnd.pgrst.object+json' }
    const one = await server.ask('/clients?select=id&id=eq.1', { headers })
    expect(one.body).toEqual({ id: 1 })
    expect(one.headers.get('content-type')).toBe('application/vnd.pgrst.object+json; charset=utf-8')
    const many = await server.ask('/clients', { headers })
    expect(many.body).toEqual({
      code: 'PGRST116',
      details: 'The result contains 3 rows',
      hint: null,
      message: 'Cannot coerce the result to a single JSON object',
    })
    expect(many.status).toBe(406)
  })

  test('without what is null', async () => {
    const headers = { accept: 'application/vnd.pgrst.array+json;nulls=stripped' }
    expect((await server.ask('/clients?select=id,born&id=eq.2', { headers })).body).toEqual([{ id: 2 }])
  })

  test('CSV', async () => {
    const answer = await server.ask('/clients?select=id,name&order=id', { headers: { accept: 'text/csv' } })
    expect(answer.text).toBe('id,name\n1,Ann\n2,Bob\n3,"Cy, ""the"" (third)"')
  })

  test('the answer says what it is an answer to', async () => {
    const { headers } = await server.ask('/clients?select=id&id=eq.1')
    expect(headers.get('content-location')).toBe('/clients?id=eq.1&select=id')
    expect(headers.get('content-profile')).toBe('public')
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
  })
})

describe('refusals', () => {
  test.each<readonly [path: string, status: number, code: string]>([
    ['/nope', 404, 'PGRST205'],
    ['/clients/1/2', 404, 'PGRST125'],
    ['/clients?nope=eq.1', 400, '42703'],
    ['/clients?select=nope', 400, '42703'],
    ['/clients?select=id::nope', 400, '42704'],
    ['/clients?id=eq.x', 400, '22P02'],
    ['/clients?id=like.x', 404, '42883'],
    ['/locked', 401, '42501'],
    ["/clients?id=eq.1'%20or%201=1--", 400, '22P02'],
    ['/clients;drop%20table%20x', 404, 'PGRST205'],
    ['/clients?name=eq.%00', 400, 'PGRST100'],
    ['/clients?name=eq.%ff', 400, 'PGRST100'],
    ['/%00', 400, 'PGRST100'],
  ])('%s', async (path, status, code) => {
    const answer = await server.ask(path)
    expect([answer.status, answer.body.code]).toEqual([status, code])
    expect(Object.keys(answer.body).toSorted()).toEqual(['code', 'details', 'hint', 'message'])
  })

  test('a signed-in user may not, either', async () => {
    const token = await userToken('ann')
    const answer = await server.ask('/locked', { token })
    expect([answer.status, answer.body.code]).toEqual([403, '42501'])
  })

  test('more than one way to embed', async () => {
    const { status, body } = await server.ask('/trips?select=folders(id)')
    expect([status, body.code]).toEqual([300, 'PGRST201'])
    expect(body.details[0]).toEqual({
      cardinality: 'many-to-one',
      embedding: 'trips with folders',
      relationship: 'trips_from_fkey using trips(from) and folders(id)',
    })
  })
})

async function userToken(sub: string): Promise<string> {
  return server.keys.sign({ sub, role: 'authenticated', aud: 'authenticated' }, 600)
}

test('a row is seen by whom its policy names, and by nobody else', async () => {
  const seen = async (token: string): Promise<unknown> =>
    (await server.ask('/notes?select=id', { token })).body
  expect(await seen(await userToken('ann'))).toEqual([{ id: 1 }])
  expect(await seen(await userToken('bob'))).toEqual([{ id: 2 }])
  expect(await seen(await userToken('cy'))).toEqual([])
  expect(await seen(server.keys.project.anonKey)).toEqual([])
  expect(await seen(server.keys.project.serviceRoleKey)).toEqual([{ id: 1 }, { id: 2 }])
})

test('identities of requests under way at the same time do not mix', async () => {
  const tokens = await Promise.all(['ann', 'bob', 'cy'].map(userToken))
  const expected = [[{ owner: 'ann' }], [{ owner: 'bob' }], []]
  const asked = Array.from({ length: 300 }, async (_, index) => {
    const answer = await server.ask('/notes?select=owner', { token: tokens[index % 3] ?? '' })
    expect(answer.body).toEqual(expected[index % 3])
  })
  await Promise.all(asked)
})

test('OPTIONS says what can be done', async () => {
  const allowed = async (path: string): Promise<string | null> =>
    (await server.ask(path, { method: 'OPTIONS' })).headers.get('allow')
  expect(await allowed('/clients')).toBe('OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE')
  expect(await allowed('/rpc/nothing')).toBe('OPTIONS,POST')
  expect(await allowed('/rpc/get_clients')).toBe('OPTIONS,GET,HEAD,POST')
})

test('a table that is made while the server runs is served once the database says so', async () => {
  expect((await server.ask('/later')).status).toBe(404)
  const [create, grant, insert, tell] = [
    'create table public.later (id int primary key, note text)',
    'grant all on public.later to anon',
    'insert into public.later values (1)',
    "select pg_notify('pgrst', 'reload schema')",
  ]
  for (const text of [create, grant, insert, tell]) {
    await server.pool.run({ statements: [{ text: text ?? '', values: [] }] })
  }
  await expect.poll(async () => (await server.ask('/later')).status).toBe(200)
  await server.pool.run({
    statements: [{ text: 'alter table public.later add more int default 3', values: [] }],
  })
  await server.rest.reloadCatalog()
  expect((await server.ask('/later?select=id,more')).body).toEqual([{ id: 1, more: 3 }])
})

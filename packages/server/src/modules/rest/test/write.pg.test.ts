/** Writing over HTTP: inserts, upserts, updates, deletes, and what undoes them. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Answer, type Asking, type RestServer, startRestServer } from './rest-server.ts'

let server: RestServer

beforeAll(async () => {
  server = await startRestServer()
})
afterAll(async () => {
  await server.stop()
})
beforeEach(async () => {
  await server.pool.run({ statements: [{ text: 'truncate public.numbers', values: [] }] })
  await server.pool.run({
    statements: [{ text: "insert into public.numbers values (1, 'one', 1), (2, 'two', 2)", values: [] }],
  })
})

const representation = { prefer: 'return=representation' }
const object = { accept: 'application/vnd.pgrst.object+json' }

async function stored(): Promise<unknown> {
  const [rows] = await server.pool.run({
    statements: [{ text: 'select id, note, seen from public.numbers order by id', values: [] }],
  })
  return rows?.cells.map((_, row) => [0, 1, 2].map((column) => rows.text(row, column)))
}

async function put(path: string, body: unknown): Promise<Answer> {
  return write(path, { method: 'PUT', body, headers: representation })
}

async function write(path: string, asking: Asking): Promise<Answer> {
  return server.ask(path, asking)
}

describe('insert', () => {
  test('of one row answers with nothing', async () => {
    const answer = await write('/numbers', { body: { id: 3 } })
    expect([answer.status, answer.text, answer.headers.get('content-range')]).toEqual([201, '', '*/*'])
    // What the body does not name has its default; what it names as null is null.
    await write('/numbers', { body: { id: 4, note: null } })
    expect(await stored()).toEqual([
      ['1', 'one', '1'],
      ['2', 'two', '2'],
      ['3', 'none', '7'],
      ['4', null, '7'],
    ])
  })

  test('of many rows shows them, as they were asked for', async () => {
    const body = [
      { id: 3, note: 'c' },
      { id: 4, note: 'd' },
    ]
    const answer = await write('/numbers?select=id,n:note', { body, headers: representation })
    expect([answer.status, answer.body]).toEqual([
      201,
      [
        { id: 3, n: 'c' },
        { id: 4, n: 'd' },
      ],
    ])
    expect(answer.headers.get('preference-applied')).toBe('return=representation')
  })

  test('shows what is embedded in new rows', async () => {
    const answer = await write('/projects?select=name,clients(name)', {
      body: { name: 'P9', client_id: 2 },
      headers: representation,
    })
    expect(answer.body).toEqual([{ name: 'P9', clients: { name: 'Bob' } }])
  })

  test('takes only the columns that are named, with defaults where asked', async () => {
    const body = [{ id: 3, seen: 9, more: 'unknown' }, { id: 4 }]
    await write('/numbers?columns=id,note', { body, headers: { prefer: 'missing=default' } })
    await write('/numbers?columns=id,note', { body: [{ id: 5 }] })
    expect(await stored()).toEqual([
      ['1', 'one', '1'],
      ['2', 'two', '2'],
      ['3', 'none', '7'],
      ['4', 'none', '7'],
      ['5', null, '7'],
    ])
  })

  test('of CSV and of a form', async () => {
    const csv = await write('/numbers', {
      body: 'id,note\n3,"a ""b"", c"\n4,NULL\n',
      headers: { 'content-type': 'text/csv' },
    })
    const form = await write('/numbers', {
      body: 'id=5&note=a+b%26',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect([csv.status, form.status]).toEqual([201, 201])
    expect(await stored()).toEqual([
      ['1', 'one', '1'],
      ['2', 'two', '2'],
      ['3', 'a "b", c', '7'],
      ['4', null, '7'],
      ['5', 'a b&', '7'],
    ])
  })

  test('says where the new row is', async () => {
    const answer = await write('/numbers', { body: { id: 3 }, headers: { prefer: 'return=headers-only' } })
    expect([answer.status, answer.headers.get('location')]).toEqual([201, '/numbers?id=eq.3'])
  })

  test('of a row that is there already, or that refers to nothing', async () => {
    const twice = await write('/numbers', { body: [{ id: 3 }, { id: 1 }] })
    expect([twice.status, twice.body.code]).toEqual([409, '23505'])
    const loose = await write('/projects', { body: { client_id: 99 } })
    expect([loose.status, loose.body.code]).toEqual([409, '23503'])
    expect(await stored()).toHaveLength(2)
  })

  test.each<readonly [body: string, status: number, code: string]>([
    ['', 400, 'PGRST102'],
    ['{"id":', 400, 'PGRST102'],
    ['{"id":"\u0000"}', 400, 'PGRST102'],
    ['{"id":3,"note":"\\u0000"}', 400, '22P05'],
    ['{"id":3,"nope":1}', 400, 'PGRST204'],
    ['[{"id":3},{"note":"x"}]', 400, 'PGRST102'],
    ['{"id":"x"}', 400, '22P02'],
    ['{"note":"no key"}', 400, '23502'],
  ])('%j is refused', async (body, status, code) => {
    const answer = await write('/numbers', { body, method: 'POST' })
    expect([answer.status, answer.body.code]).toEqual([status, code])
    expect(await stored()).toHaveLength(2)
  })

  test('of bytes that are no text', async () => {
    const broken = Buffer.concat([Buffer.from('{"id":3,"note":"'), Buffer.from([0xff]), Buffer.from('"}')])
    expect((await write('/numbers', { body: broken })).body.code).toBe('PGRST102')
    expect((await write('/numbers?columns=id', { body: broken })).body.code).toBe('22021')
  })
})

describe('upsert', () => {
  const body = [
    { id: 1, note: 'new' },
    { id: 3, note: 'c' },
  ]

  test('merges', async () => {
    const answer = await write('/numbers?select=id', {
      body,
      headers: { prefer: 'return=representation,resolution=merge-duplicates' },
    })
    expect([answer.status, answer.body]).toEqual([201, [{ id: 1 }, { id: 3 }]])
    expect(answer.headers.get('preference-applied')).toBe(
      'resolution=merge-duplicates, return=representation',
    )
    expect(await stored()).toEqual([
      ['1', 'new', '1'],
      ['2', 'two', '2'],
      ['3', 'c', '7'],
    ])
  })

  test('that inserts nothing is no creation', async () => {
    const asking = { body: { id: 1, note: 'new' }, headers: { prefer: 'resolution=merge-duplicates' } }
    expect((await write('/numbers', asking)).status).toBe(200)
  })

  test('ignores', async () => {
    const answer = await write('/numbers?select=id', {
      body,
      headers: { prefer: 'return=representation,resolution=ignore-duplicates' },
    })
    expect(answer.body).toEqual([{ id: 3 }])
    expect(await stored()).toContainEqual(['1', 'one', '1'])
  })

  test('on another key', async () => {
    const asking = {
      body: { project_id: 1, title: 't1', done: false },
      headers: { prefer: 'return=representation,resolution=merge-duplicates' },
    }
    const answer = await write('/tasks?on_conflict=project_id,title&select=id,done', asking)
    expect(answer.body).toEqual([{ id: 1, done: false }])
  })

  test('of one row by PUT', async () => {
    const made = await put('/numbers?id=eq.5', { id: 5, note: 'five' })
    expect([made.status, made.body]).toEqual([201, [{ id: 5, note: 'five', seen: 7 }]])
    const replaced = await put('/numbers?id=eq.5', { id: 5, note: 'V' })
    expect([replaced.status, replaced.body]).toEqual([200, [{ id: 5, note: 'V', seen: 7 }]])
    const other = await put('/numbers?id=eq.5', { id: 6, note: 'six' })
    expect([other.status, other.body.code]).toEqual([400, 'PGRST115'])
    expect(await stored()).toHaveLength(3)
  })
})

describe('update', () => {
  test('of what the filters say', async () => {
    const answer = await write('/numbers?id=eq.1', { method: 'PATCH', body: { note: 'x' } })
    expect([answer.status, answer.text, answer.headers.get('content-range')]).toEqual([204, '', '0-0/*'])
    const shown = await write('/numbers?id=gt.1&select=id,note', {
      method: 'PATCH',
      body: { note: null },
      headers: { prefer: 'return=representation,count=exact' },
    })
    expect([shown.status, shown.body, shown.headers.get('content-range')]).toEqual([
      200,
      [{ id: 2, note: null }],
      '0-0/1',
    ])
  })

  test('of nothing', async () => {
    const none = await write('/numbers?id=eq.99', {
      method: 'PATCH',
      body: { note: 'x' },
      headers: representation,
    })
    expect([none.status, none.body]).toEqual([200, []])
    const empty = await write('/numbers', { method: 'PATCH', body: {}, headers: representation })
    expect([empty.status, empty.body]).toEqual([200, []])
    expect(await stored()).toContainEqual(['1', 'one', '1'])
  })
})

describe('delete', () => {
  test('of what the filters say', async () => {
    const answer = await write('/numbers?id=eq.1', { method: 'DELETE', headers: representation })
    expect([answer.status, answer.body]).toEqual([200, [{ id: 1, note: 'one', seen: 1 }]])
    expect((await write('/numbers?id=eq.2', { method: 'DELETE' })).status).toBe(204)
    expect(await stored()).toEqual([])
  })
})

describe('what the caller expects', () => {
  test('one row, or nothing is changed', async () => {
    const answer = await write('/numbers', { method: 'PATCH', body: { seen: 0 }, headers: object })
    expect([answer.status, answer.body.code, answer.body.details]).toEqual([
      406,
      'PGRST116',
      'The result contains 2 rows',
    ])
    expect(await stored()).toContainEqual(['1', 'one', '1'])
    const one = await write('/numbers?id=eq.1', {
      method: 'PATCH',
      body: { seen: 0 },
      headers: { ...object, ...representation },
    })
    expect(one.body).toEqual({ id: 1, note: 'one', seen: 0 })
  })

  test('at most so many rows, or nothing is changed', async () => {
    const headers = { prefer: 'handling=strict,max-affected=1' }
    const answer = await write('/numbers', { method: 'DELETE', headers })
    expect([answer.status, answer.body.code]).toEqual([400, 'PGRST124'])
    expect(await stored()).toHaveLength(2)
    expect((await write('/numbers?id=eq.1', { method: 'DELETE', headers })).status).toBe(204)
  })

  test('the end of the transaction cannot be chosen unless the settings allow it', async () => {
    const answer = await write('/numbers', { body: { id: 3 }, headers: { prefer: 'tx=rollback' } })
    expect([answer.status, answer.headers.get('preference-applied')]).toEqual([201, null])
    expect(await stored()).toHaveLength(3)
  })
})

test('what a policy forbids is refused, and what it hides is not there', async () => {
  const token = await server.keys.sign({ sub: 'ann', role: 'authenticated' }, 600)
  const foreign = await write('/notes', { body: { id: 9, owner: 'bob' }, token })
  expect([foreign.status, foreign.body.code]).toEqual([403, '42501'])
  const hidden = await write('/notes?id=eq.2', {
    method: 'PATCH',
    body: { body: 'x' },
    token,
    headers: representation,
  })
  expect(hidden.body).toEqual([])
  const own = await write('/notes', { body: { id: 9, owner: 'ann' }, token, headers: representation })
  expect(own.status).toBe(201)
})

test('views can be written through', async () => {
  const answer = await write('/client_names?id=eq.2', {
    method: 'PATCH',
    body: { name: 'Rob' },
    headers: representation,
  })
  expect(answer.body).toEqual([{ id: 2, name: 'Rob' }])
})

test('values of a domain with a cast from JSON are read by it', async () => {
  const headers = { prefer: 'return=representation, missing=default' }
  const made = await write('/prices?columns=id,price', {
    body: [
      { id: 1, price: 1.25 },
      { id: 2, price: '3' },
    ],
    headers: representation,
  })
  expect(made.body).toEqual([
    { id: 1, price: 125 },
    { id: 2, price: 300 },
  ])
  const changed = await write('/prices?id=eq.1', { method: 'PATCH', body: { price: 2 }, headers })
  expect(changed.body).toEqual([{ id: 1, price: 200 }])
})

test('an upsert of nothing has made nothing', async () => {
  const headers = { prefer: 'resolution=merge-duplicates, return=representation' }
  const answer = await write('/numbers', { body: [], headers })
  expect([answer.status, answer.body]).toEqual([200, []])
  expect((await write('/numbers', { body: [] })).status).toBe(201)
})

test('an answer without a body says so', async () => {
  const answer = await write('/numbers', { body: { id: 30 } })
  expect([answer.status, answer.headers.get('content-length')]).toEqual([201, '0'])
})

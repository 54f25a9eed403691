/** The unmodified client library against this surface: the sentences that apps write. */
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RestServer, startRestServer } from './rest-server.ts'

let server: RestServer
let client: SupabaseClient

beforeAll(async () => {
  server = await startRestServer()
  client = createClient(server.url, server.keys.project.anonKey, { auth: { persistSession: false } })
})
afterAll(async () => {
  await server.stop()
})

const start = () => client.from('clients').select('id')
const numbers = () => client.from('numbers')

test('select with embedded rows, filters, order and range', async () => {
  const { data, error, count, status } = await client
    .from('clients')
    .select('id, name, projects(name, tasks(title))', { count: 'exact' })
    .in('id', [1, 2])
    .order('id', { ascending: false })
    .order('name', { referencedTable: 'projects' })
    .range(0, 0)
  expect({ error, count, status }).toEqual({ error: null, count: 2, status: 206 })
  expect(data).toEqual([{ id: 2, name: 'Bob', projects: [{ name: 'P3', tasks: [] }] }])
})

test('every kind of filter', async () => {
  const ids = async (
    build: (query: ReturnType<typeof start>) => ReturnType<typeof start>,
  ): Promise<unknown> => {
    const { data, error } = await build(start()).order('id')
    expect(error).toBeNull()
    return data?.map((row) => row.id)
  }
  expect(await ids((query) => query.eq('name', 'Ann'))).toEqual([1])
  expect(await ids((query) => query.neq('id', 1).lt('id', 3))).toEqual([2])
  expect(await ids((query) => query.ilike('name', 'a%'))).toEqual([1])
  expect(await ids((query) => query.is('is_active', null))).toEqual([3])
  expect(await ids((query) => query.in('name', ['Ann', 'Bob', 'a,b(c)']))).toEqual([1, 2])
  expect(await ids((query) => query.contains('tags', ['x']))).toEqual([1])
  expect(await ids((query) => query.contains('data', { note: 'z' }))).toEqual([3])
  expect(await ids((query) => query.overlaps('tags', ['y', 'z']))).toEqual([1, 2])
  expect(await ids((query) => query.rangeGt('span', '[1,4)'))).toEqual([2])
  expect(await ids((query) => query.textSearch('doc', 'cat', { config: 'english' }))).toEqual([1])
  expect(await ids((query) => query.or('id.eq.1,and(id.gt.2,is_active.is.null)'))).toEqual([1, 3])
  expect(await ids((query) => query.not('id', 'in', '(1,2)'))).toEqual([3])
  expect(await ids((query) => query.match({ name: 'Bob', color: 'red' }))).toEqual([2])
})

test('one row, perhaps one, none', async () => {
  const one = await client.from('clients').select('name').eq('id', 1).single()
  expect(one.data).toEqual({ name: 'Ann' })
  const none = await client.from('clients').select('name').eq('id', 99).single()
  expect([none.status, none.error?.code]).toEqual([406, 'PGRST116'])
  const perhaps = await client.from('clients').select('name').eq('id', 99).maybeSingle()
  expect([perhaps.data, perhaps.error]).toEqual([null, null])
})

test('insert, upsert, update, delete', async () => {
  expect((await numbers().insert({ id: 1 })).status).toBe(201)
  const many = await numbers()
    .insert([{ id: 2, note: 'b' }, { id: 3 }], { defaultToNull: false })
    .select()
  expect(many.data).toEqual([
    { id: 2, note: 'b', seen: 7 },
    { id: 3, note: 'none', seen: 7 },
  ])
  const merged = await numbers()
    .upsert([
      { id: 3, note: 'c' },
      { id: 4, note: 'd' },
    ])
    .select('id, note')
  expect(merged.data).toEqual([
    { id: 3, note: 'c' },
    { id: 4, note: 'd' },
  ])
  const ignored = await numbers()
    .upsert({ id: 4, note: 'x' }, { ignoreDuplicates: true, onConflict: 'id' })
    .select()
  expect(ignored.data).toEqual([])
  const updated = await numbers().update({ note: 'u' }).gt('id', 3).select('note').single()
  expect(updated.data).toEqual({ note: 'u' })
  const removed = await numbers().delete({ count: 'exact' }).in('id', [1, 2])
  expect([removed.status, removed.count]).toEqual([204, 2])
  const { count } = await numbers().select('*', { count: 'exact', head: true })
  expect(count).toBe(2)
  const twice = await numbers().insert({ id: 3 })
  expect([twice.status, twice.error?.code]).toEqual([409, '23505'])
})

test('functions', async () => {
  expect((await client.rpc('add_them', { a: 1, b: 2 })).data).toBe(3)
  expect((await client.rpc('add_them', { a: 1 }, { get: true })).data).toBe(3)
  const rows = await client
    .rpc('get_clients', undefined, { count: 'exact' })
    .select('id')
    .gt('id', 1)
    .order('id')
    .limit(1)
  expect([rows.data, rows.count]).toEqual([[{ id: 2 }], 2])
  expect((await client.rpc('nothing')).status).toBe(204)
  const missing = await client.rpc('add_thme', { a: 1 })
  expect(missing.error?.hint).toBe('Perhaps you meant to call the function public.add_them')
})

test('CSV, another schema, an abort', async () => {
  const csv = await client.from('clients').select('id').order('id').csv()
  expect(csv.data).toBe('id\n1\n2\n3')
  const schema = await client.schema('hidden').from('secrets').select()
  expect([schema.status, schema.error?.code]).toEqual([406, 'PGRST106'])
  const abort = new AbortController()
  const pending = client.rpc('wait', { seconds: 10 }).abortSignal(abort.signal)
  setTimeout(() => abort.abort(), 100)
  expect((await pending).error?.message).toContain('abort')
  expect((await client.rpc('add_them', { a: 2 })).data).toBe(4)
})

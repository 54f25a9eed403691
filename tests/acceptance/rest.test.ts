/** REST as apps use it: the unmodified supabase-js against a started server. */
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { withSql } from '../sql-client.ts'
import { startServer, type TestServer } from '../start-server.ts'

const project = new URL('library', import.meta.url).pathname
let server: TestServer
let anon: SupabaseClient
let service: SupabaseClient

beforeAll(async () => {
  server = await startServer({ project })
  const auth = { persistSession: false, autoRefreshToken: false }
  anon = createClient(server.apiUrl, server.anonKey, { auth })
  service = createClient(server.apiUrl, server.serviceRoleKey, { auth })
})
afterAll(async () => server.stop())

/** Titles of the books that a query finds, in its order. */
async function titles(query: PromiseLike<{ data: unknown; error: unknown }>): Promise<unknown[]> {
  const { data, error } = await query
  expect(error).toBeNull()
  if (!Array.isArray(data)) throw new Error('no rows')
  return data.map((row: { title?: unknown }) => row.title)
}

describe('select', () => {
  const books = () => anon.from('books').select('title').order('id')

  test('columns, aliases, casts and JSON paths', async () => {
    const { data } = await anon
      .from('authors')
      .select('writer:name, born::text, country:facts->>country, novels:facts->novels')
      .eq('id', 1)
    expect(data).toEqual([{ writer: 'Jane Austen', born: '1775', country: 'England', novels: 6 }])
  })

  test.each([
    ['eq', () => books().eq('pages', 249), ['Persuasion']],
    ['neq', () => books().neq('author_id', 1), ['Moby-Dick', 'Typee', 'Frankenstein', 'The Last Man']],
    ['gt', () => books().gt('pages', 474), ['Moby-Dick']],
    ['gte', () => books().gte('pages', 474), ['Emma', 'Moby-Dick']],
    ['lt', () => books().lt('pages', 280), ['Persuasion']],
    ['lte', () => books().lte('pages', 280), ['Persuasion', 'Frankenstein']],
    ['like', () => books().like('title', '%o%y%'), ['Moby-Dick']],
    ['ilike', () => books().ilike('title', 'THE%'), ['The Last Man']],
    ['likeAnyOf', () => books().likeAnyOf('title', ['E%', 'T%']), ['Emma', 'Typee', 'The Last Man']],
    [
      'ilikeAllOf',
      () => books().ilikeAllOf('title', ['%E%', '%N']),
      ['Persuasion', 'Frankenstein', 'The Last Man'],
    ],
    ['regexMatch', () => books().filter('title', 'match', '^[EF]'), ['Emma', 'Frankenstein']],
    ['is null', () => books().is('published', null), ['The Last Man']],
    ['not is null', () => books().not('published', 'is', null).gt('id', 4), ['Frankenstein']],
    ['isdistinct', () => books().filter('pages', 'isdistinct', 249).lt('id', 3), ['Emma']],
    ['in', () => books().in('title', ['Emma', 'Typee', 'a,"b'] as string[]), ['Emma', 'Typee']],
    ['contains', () => books().contains('tags', ['novel', 'sea']), ['Moby-Dick']],
    ['containedBy', () => books().containedBy('tags', ['travel', 'sea', 'x']), ['Typee', 'The Last Man']],
    ['overlaps', () => books().overlaps('tags', ['gothic', 'comedy']), ['Emma', 'Frankenstein']],
    ['rangeLt', () => books().rangeLt('lent', '[6,8)'), ['Emma']],
    ['rangeGt', () => books().rangeGt('lent', '[6,8)'), ['Moby-Dick']],
    ['rangeAdjacent', () => books().rangeAdjacent('lent', '[5,8)'), ['Emma']],
    ['textSearch', () => books().textSearch('title', 'man', { config: 'english' }), ['The Last Man']],
    ['or', () => books().or('pages.gt.600,and(published.gt.1816,pages.lt.260)'), ['Persuasion', 'Moby-Dick']],
    ['match', () => books().match({ author_id: 2, pages: 325 }), ['Typee']],
  ])('filter %s', async (_name, query, expected) => {
    expect(await titles(query())).toEqual(expected)
  })

  test('order with nulls, limit and range', async () => {
    const byPages = () => anon.from('books').select('title')
    expect(await titles(byPages().order('pages', { ascending: false, nullsFirst: true }).limit(2))).toEqual([
      'The Last Man',
      'Moby-Dick',
    ])
    expect(
      await titles(byPages().order('pages', { ascending: true, nullsFirst: false }).range(1, 2)),
    ).toEqual(['Frankenstein', 'Typee'])
  })

  test.each(['exact', 'planned', 'estimated'] as const)('count %s', async (count) => {
    const {
      count: found,
      data,
      status,
    } = await anon.from('books').select('id', { count }).order('id').range(0, 1)
    expect(data).toEqual([{ id: 1 }, { id: 2 }])
    if (count === 'exact') expect(found).toBe(6)
    else expect(found).toBeGreaterThan(0)
    expect([200, 206]).toContain(status)
  })

  test('head tells the count alone', async () => {
    const { count, data } = await anon.from('books').select('*', { count: 'exact', head: true })
    expect({ count, data }).toEqual({ count: 6, data: null })
  })

  test('single and maybeSingle', async () => {
    expect((await anon.from('books').select('title').eq('id', 5).single()).data).toEqual({
      title: 'Frankenstein',
    })
    expect((await anon.from('books').select('title').eq('id', 999).maybeSingle()).data).toBeNull()
    const { error, status } = await anon.from('books').select('title').single()
    expect(status).toBe(406)
    expect(error).toMatchObject({ code: 'PGRST116', details: 'The result contains 6 rows' })
  })

  test('embeds both ways, with filters and limits inside', async () => {
    const down = await anon
      .from('authors')
      .select('name, books(title)')
      .order('id')
      .order('pages', { referencedTable: 'books', ascending: false })
      .limit(1, { referencedTable: 'books' })
      .lt('id', 4)
    expect(down.data).toEqual([
      { name: 'Jane Austen', books: [{ title: 'Emma' }] },
      { name: 'Herman Melville', books: [{ title: 'Moby-Dick' }] },
      { name: 'Mary Shelley', books: [{ title: 'The Last Man' }] },
    ])
    const up = await anon
      .from('books')
      .select('title, author:authors!inner(name)')
      .eq('author.born', 1797)
      .order('id')
    expect(up.data).toEqual([
      { title: 'Frankenstein', author: { name: 'Mary Shelley' } },
      { title: 'The Last Man', author: { name: 'Mary Shelley' } },
    ])
  })

  test('views, and CSV', async () => {
    expect((await anon.from('long_books').select().order('id')).data).toEqual([
      { id: 1, title: 'Emma', pages: 474 },
      { id: 3, title: 'Moby-Dick', pages: 635 },
    ])
    const { data } = await anon.from('books').select('id,title').lt('id', 3).order('id').csv()
    expect(data).toBe('id,title\n1,Emma\n2,Persuasion')
  })
})

describe('write', () => {
  test('insert one and many, with and without the rows back', async () => {
    const one = await anon.from('authors').insert({ name: 'Bram Stoker', born: 1847 })
    expect(one).toMatchObject({ status: 201, data: null, error: null })
    const many = await anon
      .from('authors')
      .insert([{ name: 'Emily Brontë' }, { name: 'George Eliot', born: 1819 }])
      .select('name, born')
    expect(many.data).toEqual([
      { name: 'Emily Brontë', born: null },
      { name: 'George Eliot', born: 1819 },
    ])
  })

  test('insert takes defaults for missing columns only when asked to', async () => {
    const rows = [{ name: 'A' }, { name: 'B', facts: { x: 1 } }]
    const nulls = await anon.from('authors').insert(rows).select('name, facts')
    expect(nulls.error).toMatchObject({ code: '23502' })
    const defaults = await anon.from('authors').insert(rows, { defaultToNull: false }).select('name, facts')
    expect(defaults.data).toEqual([
      { name: 'A', facts: {} },
      { name: 'B', facts: { x: 1 } },
    ])
  })

  test('upsert merges or ignores', async () => {
    const merged = await anon
      .from('authors')
      .upsert({ name: 'Jane Austen', born: 1776 }, { onConflict: 'name' })
      .select('id, born')
    expect(merged.data).toEqual([{ id: 1, born: 1776 }])
    const ignored = await anon
      .from('authors')
      .upsert({ name: 'Jane Austen', born: 1 }, { onConflict: 'name', ignoreDuplicates: true })
      .select('id')
    expect(ignored.data).toEqual([])
    await anon.from('authors').update({ born: 1775 }).eq('id', 1)
  })

  test('update and delete touch what the filter finds, and answer it when asked', async () => {
    await anon.from('books').insert({ id: 50, author_id: 4, title: 'Draft' })
    const updated = await anon
      .from('books')
      .update({ title: 'Final', pages: 10 })
      .eq('id', 50)
      .select('title, pages')
    expect(updated.data).toEqual([{ title: 'Final', pages: 10 }])
    expect(await anon.from('books').delete().eq('id', 50)).toMatchObject({ status: 204, error: null })
    expect((await anon.from('books').select().eq('id', 50)).data).toEqual([])
  })

  test('a write that answers other than one row for a single object is undone', async () => {
    const { error } = await anon.from('books').update({ pages: 1 }).eq('author_id', 1).select().single()
    expect(error).toMatchObject({ code: 'PGRST116' })
    expect(await titles(anon.from('books').select('title').eq('pages', 1))).toEqual([])
  })

  test.each([
    ['a unique key', { id: 1, author_id: 1, title: 'Emma' }, 409, '23505'],
    ['a foreign key', { author_id: 999, title: 'Lost' }, 409, '23503'],
    ['a check', { author_id: 1, title: 'Empty', pages: 0 }, 400, '23514'],
    ['an unknown column', { author_id: 1, title: 'X', colour: 'red' }, 400, 'PGRST204'],
  ])('%s refuses with its own status and code', async (_what, row, status, code) => {
    expect(await anon.from('books').insert(row)).toMatchObject({ status, error: { code } })
  })
})

describe('rpc', () => {
  test('scalars, defaults and named arguments, by POST and GET', async () => {
    expect((await anon.rpc('add', { a: 2, b: 3 })).data).toBe(5)
    expect((await anon.rpc('add', { a: 2 }, { get: true })).data).toBe(3)
  })

  test('sets take filters, order and columns', async () => {
    const { data } = await anon.rpc('books_of', { name: 'Jane Austen' }).select('title').gt('pages', 300)
    expect(data).toEqual([{ title: 'Emma' }])
  })

  test('void answers 204; a volatile function does not run by GET', async () => {
    expect(await service.rpc('forget', { title: 'nothing' })).toMatchObject({
      status: 204,
      data: null,
    })
    const { error, status } = await service.rpc('forget', { title: 'Emma' }, { get: true })
    expect(status).toBe(405)
    expect(error?.code).toBe('25006')
    expect(await titles(anon.from('books').select('title').eq('title', 'Emma'))).toEqual(['Emma'])
  })

  test('a function sees the caller', async () => {
    expect((await service.rpc('who_am_i')).data).toEqual({
      user: 'service_role',
      uid: null,
      role: 'service_role',
      email: null,
      method: 'POST',
      path: '/rpc/who_am_i',
    })
  })

  test('an unknown function is told with the nearest name', async () => {
    const { error, status } = await anon.rpc('book_of', { name: 'x' })
    expect(status).toBe(404)
    expect(error).toMatchObject({ code: 'PGRST202', hint: expect.stringContaining('books_of') })
  })
})

describe('changes of the schema', () => {
  test('a new table and column serve as soon as the database has them', async () => {
    const change = async (text: string) => withSql(server.dbUrl, async (sql) => sql.query(text))
    expect(await anon.from('places').select()).toMatchObject({ status: 404, error: { code: 'PGRST205' } })
    await change('create table public.places (id int primary key, name text)')
    await expect.poll(async () => (await anon.from('places').select()).data, { timeout: 5000 }).toEqual([])
    await anon.from('places').insert({ id: 1, name: 'Bath' })
    await change("alter table public.places add column country text default 'England'")
    await expect
      .poll(async () => (await anon.from('places').select()).data, { timeout: 5000 })
      .toEqual([{ id: 1, name: 'Bath', country: 'England' }])
    await change('drop table public.places')
    await expect.poll(async () => (await anon.from('places').select()).status, { timeout: 5000 }).toBe(404)
  })
})

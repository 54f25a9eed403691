/** Keys that views inherit, relationships that functions compute, and domains with casts of their own. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startThrowawayServer, type ThrowawayServer } from '../../../test/throwaway-server.ts'
import { findTable, loadCatalog, type Catalog, type Relationship } from './index.ts'

let server: ThrowawayServer

beforeAll(async () => {
  server = await startThrowawayServer(18)
})
afterAll(async () => {
  await server.stop()
})

async function run(script: string): Promise<void> {
  const pool = server.pool()
  for (const text of script.split(';;')) await pool.run({ statements: [{ text, values: [] }] })
}

function describeWay(way: Relationship): string {
  switch (way.kind) {
    case 'computed':
      return `${way.function.name}() ${way.isToOne ? 'one' : 'many'} ${way.far.name}`
    case 'many-to-many':
      return `${way.kind} ${way.far.name} by ${way.junction.name}`
    case 'many-to-one':
    case 'one-to-many':
    case 'one-to-one':
      return `${way.kind} ${way.far.name} by ${way.columns.map((pair) => pair.join('=')).join(',')}`
  }
}

describe('a schema of views over tables that are not served', () => {
  let catalog: Catalog

  beforeAll(async () => {
    await run(`
      create schema base;; create schema api;;
      create table base.authors (id int primary key, name text);;
      create table base.books (isbn text, edition int, author_id int references base.authors, editor_id int references base.authors,
        primary key (isbn, edition));;
      create table base.reviews (id int primary key, isbn text, edition int, foreign key (isbn, edition) references base.books);;
      create table base.likes (author_id int references base.authors, review_id int references base.reviews,
        primary key (author_id, review_id));;
      create view api.authors as select id as author, upper(name) as name, id as again from base.authors;;
      create view base.between as select isbn as i, edition as e, author_id, editor_id, '{TARGETENTRY :resno 9 }' as odd from base.books;;
      create view api.books as with b as (select * from base.between where odd <> '}') select b.i as isbn, b.e, b.author_id, editor_id from b;;
      create view api.half as select isbn, author_id + 0 as author_id from base.books;;
      create materialized view api.reviews as select r.*, (select count(*) from base.likes) as likes from base.reviews r;;
      create view api.likes as select author_id, review_id from base.likes;;
      create view api.both as select id from base.authors union select id from base.reviews;;
      create function api.first_book(api.authors) returns setof api.books rows 1 stable language sql
        as 'select * from api.books where author_id = $1.author limit 1';;
      create function api.likes(api.authors) returns setof api.likes stable language sql
        as 'select * from api.likes where author_id = $1.author'`)
    catalog = await loadCatalog(server.pool(), ['api'])
  })

  const ways = (name: string): unknown =>
    findTable(catalog, { schema: 'api', name })?.relationships.map(describeWay)

  test('views have the keys whose columns they show, under their own names', () => {
    expect(ways('books')).toEqual([
      'many-to-one authors by author_id=again',
      'many-to-one authors by author_id=author',
      'many-to-one authors by editor_id=again',
      'many-to-one authors by editor_id=author',
      'one-to-many reviews by isbn=isbn,e=edition',
    ])
    expect(ways('reviews')).toContain('many-to-one books by isbn=isbn,edition=e')
    expect(ways('half')).toEqual([])
    expect(ways('both')).toEqual([])
  })

  test('views of junctions are junctions', () => {
    expect(ways('reviews')).toContain('many-to-many authors by likes')
  })

  test('views have the primary key of their table', () => {
    const keys = ['authors', 'books', 'half', 'reviews', 'likes', 'both'].map(
      (name) => findTable(catalog, { schema: 'api', name })?.primaryKey,
    )
    expect(keys).toEqual([['author'], ['e', 'isbn'], [], ['id'], ['author_id', 'review_id'], []])
  })

  test('functions lead to rows, and replace what has their name', () => {
    expect(ways('authors')).toEqual([
      'one-to-many books by again=author_id',
      'one-to-many books by author=author_id',
      'one-to-many books by again=editor_id',
      'one-to-many books by author=editor_id',
      'first_book() one books',
      'likes() many likes',
      'many-to-many reviews by likes',
      'many-to-many reviews by likes',
    ])
  })
})

test('casts of a domain say how its values are read and written', async () => {
  await run(`
    create schema typed;; create domain typed.color as int;; create domain typed.plain as int;;
    create function typed.to_json(typed.color) returns json immutable language sql as $$ select to_json('#' || $1::text) $$;;
    create function typed.from_text(text) returns typed.color immutable language sql as $$ select substr($1, 2)::int::typed.color $$;;
    create cast (typed.color as json) with function typed.to_json(typed.color) as implicit;;
    create cast (text as typed.color) with function typed.from_text(text) as implicit;;
    create table typed.things (id int, color typed.color, plain typed.plain)`)
  const catalog = await loadCatalog(server.pool(), ['typed'])
  const columns = findTable(catalog, { schema: 'typed', name: 'things' })?.columns
  expect(columns?.get('color')?.representation).toEqual({
    toJson: { schema: 'typed', name: 'to_json' },
    fromText: { schema: 'typed', name: 'from_text' },
  })
  expect(columns?.get('plain')?.representation).toBeUndefined()
})

test('1,000 views are read quickly', async () => {
  await run(`do $$ begin
    execute 'create schema many';
    for i in 1..1000 loop
      execute format('create table many.t%s (id int primary key, a text, b text, ref int %s)', i,
        case when i > 1 then format('references many.t%s', i - 1) else '' end);
      execute format('create view many.v%s as select t.id, t.a || t.b as c, t.ref, o.a from many.t%s t join many.t%s o on o.id = t.ref',
        i, i, greatest(i - 1, 1));
    end loop;
  end $$`)
  const startedAt = performance.now()
  const catalog = await loadCatalog(server.pool(), ['many'])
  expect(performance.now() - startedAt).toBeLessThan(2000)
  const near = findTable(catalog, { schema: 'many', name: 'v7' })?.relationships
  expect(near?.map(({ far }) => far.name)).toEqual(['t6', 't8', 'v6', 'v8'])
})

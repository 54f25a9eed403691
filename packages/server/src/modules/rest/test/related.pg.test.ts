/** Reading across tables: through views and functions, spread, aggregated, and in the form that a domain gives. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RestServer, startRestServer } from './rest-server.ts'

let server: RestServer

const more = `
create view public.projects_seen as select id as project, name, client_id as client from public.projects;;
create view public.links as select project_id, user_id as member from public.project_users;;
create function public.first_task(public.projects) returns setof public.tasks rows 1 stable language sql
  as 'select * from public.tasks where project_id = $1.id order by id limit 1';;
create function public.all_projects() returns setof public.projects stable language sql
  as 'select * from public.projects order by id';;
create domain public.paint as int;;
create function public.paint_json(public.paint) returns json immutable language sql as $$ select to_json('#' || $1::text) $$;;
create function public.paint_read(text) returns public.paint immutable language sql as $$ select substr($1, 2)::int::public.paint $$;;
create cast (public.paint as json) with function public.paint_json(public.paint) as implicit;;
create cast (text as public.paint) with function public.paint_read(text) as implicit;;
create table public.walls (id int primary key, paint public.paint, client_id int references public.clients);;
insert into public.walls values (1, 7, 1), (2, 8, 1), (3, 9, 2);;
grant all on all tables in schema public to anon`

beforeAll(async () => {
  server = await startRestServer({ PGRST_DB_AGGREGATES_ENABLED: 'true' })
  for (const text of more.split(';;')) await server.pool.run({ statements: [{ text, values: [] }] })
  await server.rest.reloadCatalog()
})
afterAll(async () => {
  await server.stop()
})

describe('views and functions', () => {
  test.each<readonly [path: string, rows: unknown]>([
    [
      '/projects_seen?select=name,clients(name)&order=project&limit=1',
      [{ name: 'P1', clients: { name: 'Ann' } }],
    ],
    [
      '/clients?select=name,projects_seen(name)&projects_seen.order=project&id=eq.1',
      [{ name: 'Ann', projects_seen: [{ name: 'P1' }, { name: 'P2' }] }],
    ],
    [
      '/projects_seen?select=name,users!links(name)&users.order=name&project=eq.1',
      [{ name: 'P1', users: [{ name: 'U1' }, { name: 'U2' }] }],
    ],
    ['/projects?select=name,first_task(title)&id=eq.1', [{ name: 'P1', first_task: { title: 't1' } }]],
    [
      '/projects?select=name,first_task!inner(title)&order=id.desc&limit=1',
      [{ name: 'P2', first_task: { title: 't3' } }],
    ],
    [
      '/rpc/all_projects?select=name,first_task(title)&id=eq.2',
      [{ name: 'P2', first_task: { title: 't3' } }],
    ],
  ])('%s', async (path, rows) => {
    const { status, body } = await server.ask(path)
    expect({ status, body }).toEqual({ status: 200, body: rows })
  })

  test('a name with two meanings is refused, with hints that resolve it', async () => {
    const { status, body } = await server.ask('/projects_seen?select=name,users(name)')
    expect([status, body.code]).toEqual([300, 'PGRST201'])
    expect(body.hint).toContain("'users!links', 'users!project_users'")
  })
})

describe('spreads of many rows', () => {
  test.each<readonly [path: string, rows: unknown]>([
    [
      '/clients?select=name,...projects(project:name,ids:id)&projects.order=id.desc&order=id',
      [
        { name: 'Ann', project: ['P2', 'P1'], ids: [2, 1] },
        { name: 'Bob', project: ['P3'], ids: [3] },
        { name: 'Cy, "the" (third)', project: [], ids: [] },
      ],
    ],
    [
      '/clients?select=id,...projects!inner(project:name,tasks(title))&projects.name=eq.P2',
      [{ id: 1, project: ['P2'], tasks: [[{ title: 't3' }]] }],
    ],
    ['/projects?select=id,...users!project_users(*)&id=eq.2', [{ id: [1], name: ['U1'] }]],
    ['/clients?select=id,...projects()&projects=is.null', [{ id: 3 }]],
  ])('%s', async (path, rows) => {
    const { status, body } = await server.ask(path)
    expect({ status, body }).toEqual({ status: 200, body: rows })
  })
})

describe('aggregates', () => {
  test.each<readonly [path: string, rows: unknown]>([
    ['/clients?select=count(),amount.sum(),last:born.max()', [{ count: 3, sum: 21.5, last: '2000-01-31' }]],
    [
      '/projects?select=client_id,count()&order=client_id',
      [
        { client_id: 1, count: 2 },
        { client_id: 2, count: 1 },
        { client_id: null, count: 1 },
      ],
    ],
    [
      '/clients?select=id,projects(count())&order=id',
      [
        { id: 1, projects: [{ count: 2 }] },
        { id: 2, projects: [{ count: 1 }] },
        { id: 3, projects: [{ count: 0 }] },
      ],
    ],
    ['/tasks?select=id.count()::text,...projects(...clients(name))', [{ count: '3', name: 'Ann' }]],
    [
      '/projects?select=id.max(),clients(name)&client_id=not.is.null&order=max',
      [
        { max: 2, clients: { name: 'Ann' } },
        { max: 3, clients: { name: 'Bob' } },
      ],
    ],
    ['/projects?select=...clients(amount.sum(),clients:count())', [{ sum: 23, clients: 3 }]],
  ])('%s', async (path, rows) => {
    const { status, body } = await server.ask(path)
    expect({ status, body }).toEqual({ status: 200, body: rows })
  })
})

describe('domains with casts of their own', () => {
  test.each<readonly [path: string, rows: unknown]>([
    ['/walls?id=eq.1', [{ id: 1, paint: '#7', client_id: 1 }]],
    ['/walls?select=p:paint&paint=eq.%238', [{ p: '#8' }]],
    ['/walls?select=id&paint=in.(%237,%239)&order=id', [{ id: 1 }, { id: 3 }]],
    ['/walls?select=id&paint=not.eq.%237&or=(paint.gt.%238,id.eq.0)', [{ id: 3 }]],
    ['/clients?select=id,walls(paint)&walls.paint=gt.%237&id=eq.1', [{ id: 1, walls: [{ paint: '#8' }] }]],
  ])('%s', async (path, rows) => {
    const { status, body } = await server.ask(path)
    expect({ status, body }).toEqual({ status: 200, body: rows })
  })
})

test('a filter may name the table behind an alias', async () => {
  const path = '/clients?select=id,p:projects(name)&projects.name=eq.P2&id=eq.1'
  expect((await server.ask(path)).body).toEqual([{ id: 1, p: [{ name: 'P2' }] }])
})

/** URLs and the SQL they become: one case per sentence of the dialect. Values never stand in the text. */
import { describe, expect, test } from 'vitest'
import { fill, type Statement } from '../../../db/index.ts'
import { planRequest } from '../plan/index.ts'
import { requestOf, type CallInput } from '../test/call.ts'
import { catalog } from '../test/catalog.ts'
import { compilePlan } from './compile.ts'

async function statementOf(path: string, input?: CallInput): Promise<Statement> {
  const request = await requestOf(path, input)
  const plan = planRequest(request, catalog, { maxRows: 1000, hasAggregates: true })
  return fill(compilePlan(plan, 1000).main, request.values)
}

/** The rows of a read, without the frame around them, and the values. */
async function rowsOf(path: string): Promise<readonly unknown[]> {
  const { text, values } = await statementOf(path)
  const found = /^with "plinth_page" as \((.*)\) select null, count\(\*\), coalesce\(json_agg/s.exec(text)
  return [found?.[1], ...values]
}

const c = 'from "public"."clients" as "clients"'

describe('reading', () => {
  test.each<readonly [path: string, sql: string, ...values: string[]]>([
    ['/clients', `select "clients".* ${c} limit $1`, '1000'],
    ['/clients?select=', `select "clients".* ${c} limit $1`, '1000'],
    ['/clients?select=id,name', `select "clients"."id", "clients"."name" ${c} limit $1`, '1000'],
    ['/clients?select=n:name', `select "clients"."name" as "n" ${c} limit $1`, '1000'],
    ['/clients?select=id::text', `select cast("clients"."id" as "text") as "id" ${c} limit $1`, '1000'],
    [
      '/clients?select=x:id::double%20precision',
      `select cast("clients"."id" as double precision) as "x" ${c} limit $1`,
      '1000',
    ],
    [
      '/clients?select=data->a->>b',
      `select "clients"."data"->$1->>$2 as "b" ${c} limit $3`,
      'a',
      'b',
      '1000',
    ],
    [
      '/clients?select=tags->-1',
      `select to_jsonb("clients"."tags")->$1::integer as "tags" ${c} limit $2`,
      '-1',
      '1000',
    ],
    ['/clients?limit=5&offset=10', `select "clients".* ${c} limit $1 offset $2`, '5', '10'],
    ['/clients?limit=5000', `select "clients".* ${c} limit $1`, '1000'],
    [
      '/clients?order=name.desc.nullslast,id,data->>x.asc',
      `select "clients".* ${c} order by "clients"."name" desc nulls last, "clients"."id", ` +
        `"clients"."data"->>$1 asc limit $2`,
      'x',
      '1000',
    ],
    [
      '/odd?select="a\\"b","c.d"',
      `select "odd"."a""b", "odd"."c.d" from "public"."odd" as "odd" limit $1`,
      '1000',
    ],
  ])('%s', async (path, ...expected) => {
    expect(await rowsOf(path)).toEqual(expected)
  })
})

describe('filters', () => {
  const id = '"clients"."id"'
  const name = '"clients"."name"'
  const doc = '"clients"."doc"'
  test.each<readonly [query: string, where: string, ...values: string[]]>([
    ['id=eq.5', `${id} = $1`, '5'],
    ['id=not.eq.5', `not (${id} = $1)`, '5'],
    ['id=gt.1&id=lte.9', `${id} > $1 and ${id} <= $2`, '1', '9'],
    ['id=gte.1&id=lt.9&id=neq.3', `${id} >= $1 and ${id} < $2 and ${id} <> $3`, '1', '9', '3'],
    ['name=like.*a%25', `${name} like $1`, '%a%'],
    ['name=ilike(all).{a*,*b}', `${name} ilike all($1)`, '{a%,%b}'],
    ['name=match.^a*', `${name} ~ $1`, '^a*'],
    ['name=imatch(any).{a,b}', `${name} ~* any($1)`, '{a,b}'],
    ['id=eq(any).{1,2}', `${id} = any($1)`, '{1,2}'],
    ['id=in.(1,2,3)', `${id} = any($1)`, '{"1","2","3"}'],
    ['id=in.()', `${id} = any($1)`, '{}'],
    ['name=in.("a,b","c\\"d",e\\f)', `${name} = any($1)`, '{"a,b","c\\"d","e\\\\f"}'],
    ['id=is.null', `${id} is null`],
    ['id=is.not_null', `${id} is not null`],
    ['id=not.is.UNKNOWN', `not (${id} is unknown)`],
    ['id=isdistinct.5', `${id} is distinct from $1`, '5'],
    ['tags=cs.{a}', '"clients"."tags" @> $1', '{a}'],
    ['tags=cd.{a}', '"clients"."tags" <@ $1', '{a}'],
    ['tags=ov.{a}', '"clients"."tags" && $1', '{a}'],
    ['id=sl.1&id=sr.2', `${id} << $1 and ${id} >> $2`, '1', '2'],
    ['id=nxr.1&id=nxl.2&id=adj.3', `${id} &< $1 and ${id} &> $2 and ${id} -|- $3`, '1', '2', '3'],
    ['doc=fts.cat', `${doc} @@ to_tsquery($1)`, 'cat'],
    ['doc=plfts(english).cat', `${doc} @@ plainto_tsquery($1::regconfig, $2)`, 'english', 'cat'],
    [
      'name=phfts(german).cat',
      `to_tsvector($1::regconfig, ${name}) @@ phraseto_tsquery($2::regconfig, $3)`,
      'german',
      'german',
      'cat',
    ],
    ['name=not.wfts.cat', `not (to_tsvector(${name}) @@ websearch_to_tsquery($1))`, 'cat'],
    ['data->a->>b=eq.1', `"clients"."data"->$1->>$2 = $3`, 'a', 'b', '1'],
    ['unknown=eq.1', '"clients"."unknown" = $1', '1'],
    ['or=(id.eq.1,name.is.null)', `(${id} = $1 or ${name} is null)`, '1'],
    [
      'not.and=(id.gt.1,or(name.eq."a,b",not.or(id.in.(7,8),id.not.eq.9)))',
      `not (${id} > $1 and (${name} = $2 or not (${id} = any($3) or not (${id} = $4))))`,
      '1',
      'a,b',
      '{"7","8"}',
      '9',
    ],
  ])('%s', async (query, where, ...values) => {
    const place = values.length + 1
    expect(await rowsOf(`/clients?${query}`)).toEqual([
      `select "clients".* ${c} where ${where} limit $${place}`,
      ...values,
      '1000',
    ])
  })
})

describe('embedding', () => {
  test('one row of another table', async () => {
    expect(await rowsOf('/projects?select=name,clients(name)')).toEqual([
      'select "projects"."name", row_to_json("plinth_1_0".*) as "clients" ' +
        'from "public"."projects" as "projects" ' +
        'left join lateral (select "clients_1"."name" from "public"."clients" as "clients_1" ' +
        'where "clients_1"."id" = "projects"."client_id" limit 1000) as "plinth_1_0" on true limit $1',
      '1000',
    ])
  })

  test('many rows, with conditions, order and limits of their own', async () => {
    const query = 'select=id,p:projects!inner(id)&p.name=eq.x&p.order=id.desc&p.limit=3&p.offset=1'
    expect(await rowsOf(`/clients?${query}`)).toEqual([
      'select "clients"."id", coalesce("plinth_1_0"."plinth_1_0", \'[]\') as "p" ' +
        `${c} inner join lateral (select json_agg("plinth_1_0") as "plinth_1_0" from (` +
        'select "projects_1"."id" from "public"."projects" as "projects_1" ' +
        'where "projects_1"."client_id" = "clients"."id" and "projects_1"."name" = $1 ' +
        'order by "projects_1"."id" desc limit $2 offset $3) as "plinth_1_0") as "plinth_1_0" ' +
        'on "plinth_1_0"."plinth_1_0" is not null limit $4',
      'x',
      '3',
      '1',
      '1000',
    ])
  })

  test('many to many, through the junction', async () => {
    const [sql] = await rowsOf('/projects?select=users(name)')
    expect(sql).toContain(
      'from "public"."users" as "users_1", "public"."members" as "plinth_junction_users_1" ' +
        'where "plinth_junction_users_1"."project_id" = "projects"."id" ' +
        'and "plinth_junction_users_1"."user_id" = "users_1"."id"',
    )
  })

  test('a table that refers to itself: its name leads down, its column up', async () => {
    expect(String((await rowsOf('/tree?select=tree(id)'))[0])).toContain('"tree_1"."parent_id" = "tree"."id"')
    expect(String((await rowsOf('/tree?select=parent_id(id)'))[0])).toContain(
      '"tree_1"."id" = "tree"."parent_id"',
    )
  })

  test('a resource that is only asked for', async () => {
    expect(await rowsOf('/users?select=id,profiles()&profiles=is.null')).toEqual([
      'select "users"."id" from "public"."users" as "users" left join lateral (' +
        'select "profiles_1".* from "public"."profiles" as "profiles_1" ' +
        'where "profiles_1"."user_id" = "users"."id" limit 1000) as "plinth_1_0" on true ' +
        'where not ("plinth_1_0" is distinct from null) limit $1',
      '1000',
    ])
  })

  test('spread, and an order by it', async () => {
    const [sql] = await rowsOf('/projects?select=id,...clients(who:name)&order=clients(who)')
    expect(sql).toContain('select "projects"."id", "plinth_1_0"."who" from')
    expect(sql).toContain('order by "plinth_1_0"."who" limit')
  })

  test('spread lists, each column by itself', async () => {
    const [sql] = await rowsOf('/clients?select=...projects!inner(id,what:name)&projects.order=id')
    expect(sql).toBe(
      'select "plinth_1_0"."id", "plinth_1_0"."what" from "public"."clients" as "clients" inner join lateral (' +
        'select nullif(count(*), 0) as "plinth_1_0", coalesce(json_agg("plinth_1_0"."id"), \'[]\') as "id", ' +
        'coalesce(json_agg("plinth_1_0"."what"), \'[]\') as "what" from (' +
        'select "projects_1"."id", "projects_1"."name" as "what" from "public"."projects" as "projects_1" ' +
        'where "projects_1"."client_id" = "clients"."id" order by "projects_1"."id" limit 1000' +
        ') as "plinth_1_0") as "plinth_1_0" on "plinth_1_0"."plinth_1_0" is not null limit $1',
    )
  })

  test('an exact count repeats the conditions, and asks for what an inner join needs', async () => {
    const { text, values } = await statementOf('/clients?select=projects!inner(id)&id=gt.1', {
      headers: { prefer: 'count=exact' },
    })
    expect(text).toContain(
      `(select count(*) from (select 1 ${c} where "clients"."id" > $3 and exists (` +
        'select 1 from "public"."projects" as "projects_1" where "projects_1"."client_id" = "clients"."id"' +
        ')) as plinth_total)',
    )
    expect(values).toEqual(['1', '1000', '1'])
  })
})

describe('aggregates', () => {
  test.each<readonly [path: string, sql: string]>([
    ['/clients?select=count()', `select count(*) as "count" ${c} limit $1`],
    ['/clients?select=n:id.sum()::text', `select cast(sum("clients"."id") as "text") as "n" ${c} limit $1`],
    [
      '/clients?select=name,id::text.max()',
      `select "clients"."name", max(cast("clients"."id" as "text")) as "max" ${c} group by 1 limit $1`,
    ],
    [
      '/users?select=*,...profiles(count())',
      'select "users"."id", "users"."name", count("plinth_1_0"."plinth_1_0_0") as "count" ' +
        'from "public"."users" as "users" left join lateral (select "profiles_1" as "plinth_1_0_0" ' +
        'from "public"."profiles" as "profiles_1" where "profiles_1"."user_id" = "users"."id" limit 1000) ' +
        'as "plinth_1_0" on true group by 1, 2 limit $1',
    ],
    [
      '/projects?select=id.count(),clients(name)',
      'select count("projects"."id") as "count", (row_to_json("plinth_1_0".*))::jsonb as "clients" ' +
        'from "public"."projects" as "projects" left join lateral (select "clients_1"."name" ' +
        'from "public"."clients" as "clients_1" where "clients_1"."id" = "projects"."client_id" limit 1000) ' +
        'as "plinth_1_0" on true group by 2 limit $1',
    ],
    [
      '/projects?select=name,...clients(id.sum(),all:count(),name)',
      'select "projects"."name", sum("plinth_1_0"."plinth_1_0_0") as "sum", ' +
        'count("plinth_1_0"."plinth_1_0_1") as "all", "plinth_1_0"."name" ' +
        'from "public"."projects" as "projects" left join lateral (' +
        'select "clients_1"."id" as "plinth_1_0_0", "clients_1" as "plinth_1_0_1", "clients_1"."name" ' +
        'from "public"."clients" as "clients_1" where "clients_1"."id" = "projects"."client_id" limit 1000) ' +
        'as "plinth_1_0" on true group by 1, 4 limit $1',
    ],
  ])('%s', async (path, sql) => {
    expect(await rowsOf(path)).toEqual([sql, '1000'])
  })
})

describe('writing', () => {
  const body = '{"name":"x","id":1}'
  const decode = (value: unknown): string =>
    value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : String(value)

  /** The write itself, without the frame around it. */
  async function writeOf(path: string, input: CallInput): Promise<readonly unknown[]> {
    const { text, values } = await statementOf(path, input)
    const found = /^with "plinth_source" as \((.*)\), "plinth_page" as/s.exec(text)
    return [found?.[1], ...values.map(decode)]
  }
  const record = 'json_to_record($1::json) as "plinth_body"("id" bigint, "name" text)'
  const into = 'insert into "public"."projects" as "projects" ("id", "name") '
  const select = 'select "plinth_body"."id", "plinth_body"."name" from '

  const cases: readonly (readonly [path: string, input: CallInput, ...expected: string[]])[] = [
    ['/projects', { method: 'POST', body }, `${into}${select}${record} returning 1`, body],
    [
      '/projects?select=id',
      { method: 'POST', body, headers: { prefer: 'return=representation' } },
      `${into}${select}${record} returning "projects"."id"`,
      body,
    ],
    [
      '/projects',
      { method: 'POST', body, headers: { prefer: 'resolution=ignore-duplicates' } },
      `${into}${select}${record} on conflict ("id") do nothing returning 1`,
      body,
    ],
    [
      '/projects?columns=name',
      { method: 'POST', body: '[{}]', headers: { prefer: 'missing=default' } },
      'insert into "public"."projects" as "projects" ("name") select "plinth_body"."name" ' +
        'from json_to_recordset($1::json) as "plinth_body"("name" text) returning 1',
      '[{}]',
    ],
    [
      '/projects?columns=id',
      { method: 'POST', body: '[{}]', headers: { prefer: 'missing=default' } },
      'insert into "public"."projects" as "projects" ("id") select "plinth_body"."id" from jsonb_to_recordset((' +
        'select jsonb_agg(jsonb_build_object($1::text, next_id()) || elem) ' +
        'from jsonb_array_elements($2::jsonb) as elem)) as "plinth_body"("id" bigint) returning 1',
      'id',
      '[{}]',
    ],
    [
      '/projects?id=eq.7',
      { method: 'PATCH', body: '{"name":"y"}' },
      'update "public"."projects" as "projects" set "name" = "plinth_body"."name" ' +
        'from json_to_record($1::json) as "plinth_body"("name" text) where "projects"."id" = $2 returning 1',
      '{"name":"y"}',
      '7',
    ],
    [
      '/projects',
      { method: 'PATCH', body: '{}' },
      'select 1 from "public"."projects" as "projects" where false',
    ],
    [
      '/projects?id=in.(1,2)&select=id',
      { method: 'DELETE', headers: { prefer: 'return=representation' } },
      'delete from "public"."projects" as "projects" where "projects"."id" = any($1) returning "projects"."id"',
      '{"1","2"}',
    ],
  ]
  test.each(cases.map(([path, input, ...expected]) => ({ path, input, expected })))(
    '$path $input',
    async ({ path, input, expected }) => {
      expect(await writeOf(path, input)).toEqual(expected)
    },
  )

  test('an upsert counts what it inserts', async () => {
    const [sql] = await writeOf('/projects?on_conflict=name', {
      method: 'POST',
      body,
      headers: { prefer: 'resolution=merge-duplicates' },
    })
    expect(sql).toMatch(
      / where set_config\('plinth.inserted', .* \+ 1.* on conflict \("name"\) do update set "id" = excluded."id", "name" = excluded."name" where set_config\('plinth.inserted', .* \+ -1/s,
    )
  })
})

describe('calling', () => {
  async function callSql(path: string, input?: CallInput): Promise<readonly unknown[]> {
    const { text, values } = await statementOf(path, input)
    const found = /^with "plinth_source" as \((.*)\), "plinth_page" as/s.exec(text)
    return [found?.[1], ...values.slice(0, -1).map(String)]
  }
  const scalar = (call: string): string =>
    `select "plinth_call"."plinth_scalar" from (select ${call} as "plinth_scalar") as "plinth_call"`

  const cases: readonly (readonly [path: string, input: CallInput, ...expected: string[]])[] = [
    ['/rpc/now', {}, scalar('"public"."now"()')],
    ['/rpc/add?a=1&b=2', {}, scalar('"public"."add"("a" := $1::integer, "b" := $2::integer)'), '1', '2'],
    [
      '/rpc/join_all?parts=x&parts=y',
      {},
      scalar('"public"."join_all"(variadic "parts" := array[$1, $2]::text[])'),
      'x',
      'y',
    ],
    [
      '/rpc/clients_of?city=Bonn&select=id,projects(id)&name=eq.x',
      {},
      'select "plinth_call"."id", "plinth_call"."name" from "public"."clients_of"("city" := $1::text) as "plinth_call"',
      'Bonn',
      'x',
    ],
    ['/rpc/whole', { method: 'POST', body: '{"x":1}' }, scalar('"public"."whole"($1::jsonb)')],
    [
      '/rpc/add',
      { method: 'POST', body: 'a=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      scalar('"public"."add"("a" := $1::integer)'),
    ],
  ]
  test.each(cases.map(([path, input, sql]) => ({ path, input, sql })))(
    '$path',
    async ({ path, input, sql }) => {
      expect((await callSql(path, input))[0]).toEqual(sql)
    },
  )

  test('arguments in a body take their types from the function', async () => {
    const [sql] = await callSql('/rpc/add', { method: 'POST', body: '{"a":1}' })
    expect(sql).toBe(
      'select "plinth_call"."plinth_scalar" from json_to_record($1::json) as "plinth_args"("a" integer), ' +
        'lateral (select "public"."add"("a" := "plinth_args"."a") as "plinth_scalar") as "plinth_call"',
    )
  })

  test('bytes are handed on as they are', async () => {
    const { values } = await statementOf('/rpc/bytes', {
      method: 'POST',
      body: new Uint8Array([0, 255]),
      headers: { 'content-type': 'application/octet-stream' },
    })
    expect(values[0]).toBe('\\x00ff')
  })
})

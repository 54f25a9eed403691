/** Projects prepared on real servers: migrations, their record and their failures, the seed. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { hasVersion, startThrowawayServer, type ThrowawayServer } from '../../../test/throwaway-server.ts'
import type { SessionPool } from '../index.ts'
import { Project } from './test/project.ts'
import { app, authTables, roleSetting } from './test/supabase-app.ts'

let server: ThrowawayServer
let count = 0

beforeAll(async () => {
  server = await startThrowawayServer(18)
  await server.pool().connected(20)
})
afterAll(async () => server.stop())

async function query(pool: SessionPool, text: string): Promise<Record<string, unknown>[]> {
  const [rows] = await pool.run({ statements: [{ text, values: [] }] })
  return rows?.objects() ?? []
}

async function freshDatabase(): Promise<string> {
  const database = `project_${++count}`
  await query(server.pool(), `create database ${database}`)
  return database
}

async function freshOwner(): Promise<SessionPool> {
  return server.pool({ database: await freshDatabase() })
}

function newProject(files: Parameters<Project['write']>[0]): Project {
  const project = new Project()
  onTestFinished(() => project.remove())
  return project.write(files)
}

/** Which of these tables of public are there. */
async function tables(owner: SessionPool): Promise<unknown[]> {
  const rows = await query(
    owner,
    `select relname as it from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`,
  )
  return rows.map(({ it }) => it)
}

async function versions(owner: SessionPool): Promise<unknown[]> {
  const rows = await query(owner, 'select version from supabase_migrations.schema_migrations order by 1')
  return rows.map(({ version }) => version)
}

describe('an app made for Supabase', () => {
  const places = [
    { version: 18, user: 'postgres' },
    { version: 18, user: 'app_owner' },
    { version: 15, user: 'app_owner' },
  ] as const
  for (const { version, user } of places) {
    test.skipIf(!hasVersion(version))(`runs unmodified on ${version} as ${user}`, async () => {
      const own = await startThrowawayServer(version)
      onTestFinished(async () => own.stop())
      const superuser = own.pool()
      await superuser.connected(20)
      await query(superuser, 'create role app_owner login createrole createdb')
      await query(superuser, `create database app owner ${user}`)
      const owner = own.pool({ user, database: 'app' })
      const project = newProject({
        'migrations/20260101120000_app.sql': user === 'postgres' ? app + roleSetting : app,
        'seed.sql': `insert into auth.users values ('${'1'.repeat(8)}-1111-4111-8111-${'1'.repeat(12)}', 'a@b.c', '{"username":"ann"}');`,
      })
      await project.start(owner, { modules: [authTables] })
      expect(project.said).toEqual([
        'applied auth/0001_users',
        'applied supabase/migrations/20260101120000_app.sql',
        'seeded from supabase/seed.sql',
      ])
      const seen = async (role: string, claims: unknown) => {
        const settings = [['request.jwt.claims', JSON.stringify(claims)]] as const
        const statements = [{ text: 'select username from public.profiles', values: [] }]
        const [rows] = await own
          .pool({ user, database: 'app' })
          .run({ scope: { role, settings }, statements })
        return rows?.objects()
      }
      const ann = { sub: `${'1'.repeat(8)}-1111-4111-8111-${'1'.repeat(12)}`, role: 'authenticated' }
      expect(await seen('authenticated', ann)).toEqual([{ username: 'ann' }])
      expect(await seen('authenticated', { ...ann, sub: `2${ann.sub.slice(1)}` })).toEqual([])
      expect(await seen('anon', { role: 'anon' })).toEqual([])
      expect(await seen('anon', { role: 'anon', app_metadata: { staff: true } })).toHaveLength(1)
      await project.start(owner, { modules: [authTables] })
      expect(project.said).toEqual([])
    })
  }
})

test('migrations are recorded with their statements, as Supabase records them', async () => {
  const owner = await freshOwner()
  const project = newProject({
    'migrations/0002_b.sql': `insert into a values (1, E'q"\\\\;');\n\n`,
    'migrations/0001_a_table.sql':
      '-- first;\ncreate table a (id int, t text);;\n\ncomment on table a is $$a;"b$$ ; -- end\n',
    'migrations/0003_empty.sql': '\n',
  })
  await project.start(owner)
  const record =
    'select version, name, array_to_json(statements) as statements from supabase_migrations.schema_migrations order by 1'
  expect(await query(owner, record)).toEqual([
    {
      version: '0001',
      name: 'a_table',
      statements: ['-- first;\ncreate table a (id int, t text)', 'comment on table a is $$a;"b$$', '-- end'],
    },
    { version: '0002', name: 'b', statements: [`insert into a values (1, E'q"\\\\;')`] },
    { version: '0003', name: 'empty', statements: [] },
  ])
})

describe('a failing migration names the place and leaves the database as it was', () => {
  const first = 'create table undone (id int primary key);\n'
  test.each([
    [
      'a syntax error',
      `${first}\n-- why\nselect 1,\n  2 2,\n  3;`,
      { line: 5, sqlstate: '42601', statement: 'select 1, 2 2, 3' },
    ],
    [
      'an unknown name',
      `${first}create view v as\n  select id,\n  "🙂" from undone;`,
      { line: 4, sqlstate: '42703' },
    ],
    [
      'a broken rule',
      `${first}insert into undone\nvalues (1), (1);`,
      { line: 2, sqlstate: '23505', detail: 'Key (id)=(1) already exists.' },
    ],
    [
      'an error in a block',
      `${first}\ndo $$\nbegin\n\n  perform 1 / 0;\nend $$;`,
      { line: 6, sqlstate: '22012' },
    ],
    [
      'a syntax error in a block',
      `${first}\ndo $x$\nbegin\n  perform from from;\nend $x$;`,
      { line: 5, sqlstate: '42601' },
    ],
    [
      'a function that fails',
      `${first}create function f() returns void language plpgsql as $$\nbegin\n  raise 'no' using hint = 'try';\nend $$;\n\nselect f();`,
      { line: 7, sqlstate: 'P0001', hint: 'try' },
    ],
    [
      'a rule that is checked at the end',
      `${first}create table c (id int references undone deferrable initially deferred);\ninsert into c values (7);`,
      { line: 3, sqlstate: '23503' },
    ],
    ['an open transaction', `${first}begin;\nselect 1;`, { line: 3, sqlstate: '25000' }],
    [
      'a command that runs in no transaction',
      `${first}create index concurrently on undone (id);`,
      { line: 2, sqlstate: '25001', hint: expect.stringContaining('file of its own') },
    ],
    ['a command of psql', `${first}\\i other.sql\n`, { line: 2, sqlstate: '42601' }],
    [
      'data for psql',
      `${first}COPY undone (id) FROM stdin;\n1\n\\.\n`,
      { line: 2, message: expect.stringContaining('INSERT') },
    ],
    ['a semicolon that is missing', `${first}select (1;\nselect 2;`, { line: 2, sqlstate: '42601' }],
  ])('%s', async (_what, sql, detail) => {
    const owner = await freshOwner()
    const project = newProject({
      'migrations/1_good.sql': 'create table good (id int);',
      'migrations/2_bad.sql': sql,
      'migrations/3_never.sql': 'create table never (id int);',
    })
    await expect(project.start(owner)).rejects.toMatchObject({
      code: 'migration_failed',
      detail: { file: 'supabase/migrations/2_bad.sql', ...detail },
    })
    expect(await tables(owner)).toEqual(['good'])
    expect(await versions(owner)).toEqual(['1'])
    await project.write({ 'migrations/2_bad.sql': first }).start(owner)
    expect(await tables(owner)).toEqual(['good', 'never', 'undone'])
    expect(await versions(owner)).toEqual(['1', '2', '3'])
  })

  test.each([
    ['broken UTF-8', Buffer.from([0x73, 0xff, 0x31]), { line: 1 }],
    ['a NUL byte', Buffer.from('select 1;\n\nselect \0 2'), { line: 3 }],
  ])('%s', async (_what, bytes, detail) => {
    const owner = await freshOwner()
    const project = newProject({ 'migrations/1_bad.sql': bytes })
    await expect(project.start(owner)).rejects.toMatchObject({ code: 'migration_failed', detail })
    expect(await versions(owner)).toEqual([])
  })

  test('the message holds all of it, and the statement only in short', async () => {
    const owner = await freshOwner()
    const project = newProject({ 'migrations/1_bad.sql': `-- long\nselect '${'x'.repeat(500)}' + 1` })
    const failure: unknown = await project.start(owner).catch((error: unknown) => error)
    const lines = failure instanceof Error ? failure.message.split('\n') : []
    expect(lines[0]).toBe(
      'supabase/migrations/1_bad.sql:2: invalid input syntax for type integer: "' +
        `${'x'.repeat(500)}" (SQLSTATE 22P02)`,
    )
    expect(lines[1]).toMatch(/^ {2}in: select 'x{190,195}…$/)
  })
})

test('a file may begin and end transactions itself; what it committed stays when the rest fails', async () => {
  const owner = await freshOwner()
  const project = newProject({
    'migrations/1_good.sql':
      'begin;\ncreate table a (id int);\ncommit;\nbegin;create table b (id int);commit;',
    'migrations/2_half.sql':
      'begin; create table c (id int); commit;\ncreate table d (id int);\nselect nope;',
  })
  await expect(project.start(owner)).rejects.toMatchObject({ detail: { line: 3 } })
  expect(await tables(owner)).toEqual(['a', 'b', 'c'])
  expect(await versions(owner)).toEqual(['1'])
})

test('what a file sets for its session does not reach the next file, nor its own record', async () => {
  const owner = await freshOwner()
  const project = newProject({
    'migrations/1_dump.sql': `select pg_catalog.set_config('search_path', '', false); set row_security = off; set role anon;`,
    'migrations/2_after.sql': `create table a as select uuid_generate_v4() as id, current_setting('row_security') as rs, current_user::text as me;`,
  })
  await project.start(owner)
  expect(await query(owner, 'select rs, me from a')).toEqual([{ rs: 'on', me: 'postgres' }])
})

test('one statement that PostgreSQL runs in no transaction can have a file of its own', async () => {
  const database = await freshDatabase()
  const project = newProject({
    'migrations/1_a.sql': 'create table a (id int);',
    'migrations/2_index.sql': '-- Alone.\ncreate index concurrently if not exists a_id on a (id);\n-- end\n',
    'migrations/3_bad.sql': '\ncreate index concurrently\n  on a (nope);',
  })
  // Another node waits for its turn meanwhile: it must not keep the index from being built.
  const nodes = [server.pool({ database }), server.pool({ database })]
  const outcomes = await Promise.allSettled(nodes.map(async (node) => project.start(node)))
  for (const outcome of outcomes)
    expect(outcome).toMatchObject({
      reason: { detail: { file: 'supabase/migrations/3_bad.sql', sqlstate: '42703' } },
    })
  const owner = server.pool({ database })
  expect(await versions(owner)).toEqual(['1', '2'])
  expect(await query(owner, `select indisvalid from pg_index where indexrelid = 'a_id'::regclass`)).toEqual([
    { indisvalid: true },
  ])
})

test('what does not fit the record is said', async () => {
  const owner = await freshOwner()
  const project = newProject({
    'migrations/20260102_b.sql': 'select 1;',
    'migrations/notes.sql': 'select nope;',
    'migrations/README.md': '',
  })
  await project.start(owner)
  expect(project.said).toEqual([
    'supabase/migrations/notes.sql was not applied: its name must be <digits>_<name>.sql',
    'applied supabase/migrations/20260102_b.sql',
  ])
  project.write({
    'migrations/notes.sql': undefined,
    'migrations/20260101_a.sql': 'create table late (id int);',
    'migrations/20260102_b.sql': undefined,
  })
  await project.start(owner)
  expect(project.said).toEqual([
    'migrations that this database has are not in the project: 20260102',
    'supabase/migrations/20260101_a.sql is older than 20260102, which was applied before it',
    'applied supabase/migrations/20260101_a.sql',
  ])
  expect(await tables(owner)).toEqual(['late'])
  project.write({ 'migrations/20260101_again.sql': 'select 1;' })
  await expect(project.start(owner)).rejects.toMatchObject({ code: 'migration_version_taken' })
})

test('nodes that start at once apply each file once', async () => {
  const database = await freshDatabase()
  const project = newProject({
    ...Object.fromEntries(
      Array.from({ length: 5 }, (_, n) => [
        `migrations/${n}_t.sql`,
        `create table t${n} (id int); select pg_sleep(0.03);`,
      ]),
    ),
    'seed.sql': 'insert into t0 values (1); select pg_sleep(0.1);',
  })
  const nodes = Array.from({ length: 4 }, () => server.pool({ database }))
  await Promise.all(nodes.map(async (node) => project.start(node)))
  const owner = server.pool({ database })
  expect(await versions(owner)).toEqual(['0', '1', '2', '3', '4'])
  expect(await query(owner, 'select count(*)::int as n from t0')).toEqual([{ n: 1 }])
})

test('migrations can be switched off', async () => {
  const owner = await freshOwner()
  const project = newProject({ 'migrations/1_a.sql': 'create table a (id int);' })
  await project.start(owner, { settings: { migrationsEnabled: false } })
  expect(await tables(owner)).toEqual([])
})

async function countRows(owner: SessionPool): Promise<unknown> {
  return (await query(owner, 'select count(*)::int as n from a'))[0]?.['n']
}

describe('seed', () => {
  const table = { 'migrations/1_a.sql': 'create table a (id int);' }
  const one = 'insert into a values (1);'

  test('is applied once, also after it has changed, and recorded with its hash', async () => {
    const owner = await freshOwner()
    const project = newProject({ ...table, 'seed.sql': one })
    await project.start(owner)
    await project.write({ 'seed.sql': `${one}${one}`, 'migrations/2_b.sql': 'select 1;' }).start(owner)
    expect(await countRows(owner)).toBe(1)
    const hash = createHash('sha256').update(one).digest('hex')
    expect(await query(owner, 'select path, hash from supabase_migrations.seed_files')).toEqual([
      { path: 'supabase/seed.sql', hash },
    ])
  })

  test('that fails is undone, named, and tried again at the next start; files before it are not', async () => {
    const owner = await freshOwner()
    const project = newProject({
      ...table,
      'seeds/1.sql': one,
      'seeds/2.sql': `${one}\ninsert into b values (1);`,
    })
    const settings = { seedPaths: ['./seeds/*.sql', 'seeds/1.sql', 'missing/?.sql'] }
    await expect(project.start(owner, { settings })).rejects.toMatchObject({
      code: 'migration_failed',
      detail: { file: 'supabase/seeds/2.sql', line: 2, sqlstate: '42P01' },
    })
    expect(project.said.at(0)).toContain('no file of the seed matches missing/?.sql')
    expect(await countRows(owner)).toBe(1)
    await project.write({ 'seeds/2.sql': `${one}${one}` }).start(owner, { settings })
    expect(await countRows(owner)).toBe(3)
  })

  test('is not applied to a database that was in use before', async () => {
    const owner = await freshOwner()
    await query(owner, 'create table a (id int)')
    await newProject({ 'seed.sql': one }).start(owner)
    expect(await countRows(owner)).toBe(0)
  })

  test('is not applied after a start without it, nor when it is switched off', async () => {
    const owner = await freshOwner()
    const project = newProject(table)
    await project.start(owner)
    await project.write({ 'seed.sql': one }).start(owner)
    expect(await countRows(owner)).toBe(0)
    const other = await freshOwner()
    await project.start(other, { settings: { seedEnabled: false } })
    await project.start(other)
    expect(await countRows(other)).toBe(0)
  })

  test('is applied when the project comes after the first start', async () => {
    const owner = await freshOwner()
    const project = newProject({})
    await project.start(owner)
    await project.write({ ...table, 'seed.sql': one }).start(owner)
    expect(await countRows(owner)).toBe(1)
  })

  test('of ten thousand statements takes seconds', async () => {
    const owner = await freshOwner()
    const seed = Array.from({ length: 10_000 }, (_, id) => `insert into a values (${id});`).join('\n')
    const startedAt = performance.now()
    await newProject({ ...table, 'seed.sql': seed }).start(owner)
    expect(await countRows(owner)).toBe(10_000)
    expect(performance.now() - startedAt).toBeLessThan(20_000)
  })
})

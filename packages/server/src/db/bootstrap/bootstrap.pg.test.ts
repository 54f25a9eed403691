/** The bootstrap on real servers: as superuser, as an owner who may only create roles, and as one who may not even that. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  hasVersion,
  startThrowawayServer,
  type ThrowawayServer,
  type Version,
} from '../../../test/throwaway-server.ts'
import type { ObservationDetail } from '../../kernel/observe.ts'
import type { SessionPool } from '../index.ts'
import { Listener } from '../wire/listener.ts'
import { bootstrap } from './bootstrap.ts'

async function query(pool: SessionPool, ...texts: string[]): Promise<Record<string, unknown>[]> {
  const results = await pool.run({ statements: texts.map((text) => ({ text, values: [] })) })
  return results.at(-1)?.objects() ?? []
}

/** The first cell of the answer, run as `role` with the claims of a request. */
async function asRole(
  pool: SessionPool,
  who: string | { role: string; claims: string },
  text: string,
): Promise<unknown> {
  const { role, claims } = typeof who === 'string' ? { role: who, claims: '' } : who
  const [rows] = await pool.run({
    scope: { role, settings: [['request.jwt.claims', claims]] },
    statements: [{ text, values: [] }],
  })
  return rows?.text(0, 0) ?? null
}

/** Runs the bootstrap; answers what it could not set up. */
async function prepare(owner: SessionPool, exposeNewTables = true): Promise<string[]> {
  const skipped: string[] = []
  await bootstrap(owner, {
    observe: (kind, detail) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the kind says which detail it is
      if (kind === 'bootstrap_skipped') skipped.push((detail as ObservationDetail<'bootstrap_skipped'>).what)
    },
    authenticatorPassword: 'pass word',
    exposeNewTables,
  })
  return skipped
}

/** Everything that the bootstrap may touch, to see whether a second run changes anything. */
async function pictureOf(pool: SessionPool): Promise<unknown> {
  const tables = [
    'select oid, rolname, rolsuper, rolinherit, rolcreaterole, rolcanlogin, rolbypassrls, rolconfig from pg_roles',
    'select roleid, member, grantor, admin_option from pg_auth_members',
    'select oid, nspname, nspowner, nspacl from pg_namespace where nspname not like $$pg\\_t%$$',
    'select oid, proname, proowner, proacl, prosrc from pg_proc where pronamespace::regnamespace::text in ($$auth$$, $$extensions$$, $$plinth$$)',
    'select oid, relname, relowner, relacl from pg_class where relnamespace::regnamespace::text in ($$plinth$$, $$supabase_migrations$$)',
    'select * from pg_default_acl',
    'select * from pg_event_trigger',
    'select * from pg_publication',
    'select oid, extname, extnamespace from pg_extension',
    'select * from pg_db_role_setting',
    'select * from plinth.bootstrap_steps',
  ]
  return Promise.all(tables.map(async (text) => query(pool, `${text} order by 1, 2`)))
}

const versions: readonly Version[] = [18, 15]
for (const version of versions) {
  describe.skipIf(!hasVersion(version))(`PostgreSQL ${version}`, () => {
    let server: ThrowawayServer
    let superuser: SessionPool

    beforeAll(async () => {
      server = await startThrowawayServer(version)
      const pool = server.pool()
      await pool.connected(20)
      superuser = pool
      await query(superuser, 'create role app_owner login createrole createdb')
      await query(superuser, 'create role modest_owner login')
    })
    afterAll(async () => server.stop())

    /** A new database, and sessions of its owner. */
    async function newDatabase(name: string, owner: string): Promise<SessionPool> {
      await query(superuser, `create database ${name} owner ${owner}`)
      return server.pool({ user: owner, database: name })
    }

    test('an owner who may create no roles is told what the administrator has to do', async () => {
      const owner = await newDatabase('modest', 'modest_owner')
      const failure: unknown = await prepare(owner).catch((error: unknown) => error)
      expect(failure).toMatchObject({
        code: 'bootstrap_refused',
        detail: { what: 'role anon' },
        message: expect.stringContaining('create role anon nologin'),
      })
    })

    test('an owner who may create roles gets all but what needs a superuser', async () => {
      const owner = await newDatabase('app', 'app_owner')
      const expected = [
        'the right of service_role to pass by row-level security',
        'event trigger pgrst_ddl_watch',
        'event trigger pgrst_drop_watch',
      ]
      expect(await prepare(owner)).toEqual(expected)
      const before = await pictureOf(owner)
      expect(await prepare(owner)).toEqual(expected)
      expect(await pictureOf(owner)).toEqual(before)
      // What the administrator does later is taken note of.
      await query(superuser, 'alter role service_role bypassrls')
      expect(await prepare(owner)).toEqual(expected.slice(1))
      await query(
        owner,
        'create table auth.things (id int)',
        'alter table auth.things owner to supabase_auth_admin',
      )
      await query(owner, 'grant select on auth.things to anon')
      expect(await asRole(owner, 'anon', 'select count(*) from auth.things')).toBe('0')
    })

    test('roles that the administrator has made are enough for an owner who may create none', async () => {
      const owner = await newDatabase('modest_too', 'modest_owner')
      const skipped = await prepare(owner)
      expect(skipped).toContain('the password of authenticator')
      expect(skipped.filter((what) => what.startsWith('membership'))).toHaveLength(1)
      expect(
        skipped.filter((what) => /schema|function|role /.test(what) && !what.startsWith('memb')),
      ).toEqual([])
      expect(await query(owner, 'select auth.uid() is null as none')).toEqual([{ none: true }])
    })

    test('a superuser gets everything, and a second run changes nothing', async () => {
      expect(await prepare(superuser)).toEqual([])
      const before = await pictureOf(superuser)
      expect(await prepare(superuser)).toEqual([])
      expect(await pictureOf(superuser)).toEqual(before)
    })

    test('nodes that start at once on a new database do not disturb each other', async () => {
      await query(superuser, 'create database many')
      const nodes = Array.from({ length: 4 }, () => server.pool({ database: 'many' }))
      expect(await Promise.all(nodes.map(async (node) => prepare(node)))).toEqual([[], [], [], []])
      const alone = server.pool({ database: 'many' })
      const [row] = await query(alone, 'select count(*)::int as n from plinth.bootstrap_steps')
      expect(row).toEqual({ n: 1 })
    })

    test('authenticator logs in, and can become the three roles and no other', async () => {
      await prepare(superuser)
      const [row] = await query(
        superuser,
        `select rolpassword as it from pg_authid where rolname = 'authenticator'`,
      )
      expect(row?.['it']).toMatch(/^SCRAM-SHA-256\$4096:/)
      const requests = server.pool({ user: 'authenticator', password: 'pass word' })
      for (const role of ['anon', 'authenticated', 'service_role']) {
        expect(await asRole(requests, role, 'select current_user')).toBe(role)
      }
      await expect(asRole(requests, 'supabase_admin', 'select 1')).rejects.toMatchObject({
        sqlstate: '42501',
      })
      await expect(query(requests, 'create table public.x (id int)')).rejects.toMatchObject({
        sqlstate: '42501',
      })
    })

    test('settings of roles that somebody has changed stay changed', async () => {
      await query(superuser, `alter role anon set statement_timeout = '1min'`)
      await query(superuser, 'alter default privileges in schema public revoke all on tables from anon')
      await prepare(superuser)
      const [row] = await query(
        superuser,
        `select rolconfig::text as it from pg_roles where rolname = 'anon'`,
      )
      expect(row).toEqual({ it: '{statement_timeout=1min}' })
      await query(superuser, 'create table public.kept_private (id int)')
      const [may] = await query(
        superuser,
        `select has_table_privilege('anon', 'public.kept_private', 'select') as may`,
      )
      expect(may).toEqual({ may: false })
    })

    test('what is new in public is exposed or not, as the setting says', async () => {
      await query(superuser, 'create database exposing')
      const owner = server.pool({ database: 'exposing' })
      const may = async (table: string): Promise<unknown> => {
        await query(owner, `create table public.${table} (id serial)`)
        return asRole(owner, 'anon', `select has_table_privilege('public.${table}', 'insert')`)
      }
      await prepare(owner)
      expect(await may('a')).toBe('t')
      await prepare(owner, false)
      expect(await may('b')).toBe('f')
      await prepare(owner, true)
      expect(await may('c')).toBe('t')
    })

    test('a new session finds extensions without their schema', async () => {
      await prepare(superuser)
      const [row] = await query(
        server.pool(),
        `select uuid_generate_v4() <> gen_random_uuid() as it, crypt('a', gen_salt('bf', 4)) like '$2a$%' as hashed`,
      )
      expect(row).toEqual({ it: true, hashed: true })
    })

    const id = '11111111-2222-4333-8444-555555555555'
    test.each([
      ['', [null, null, null, null]],
      ['{}', [null, null, null, '{}']],
      [`{"sub":""}`, [null, null, null, '{"sub": ""}']],
      [
        `{"sub":"${id}","role":"authenticated","email":"a@b.c"}`,
        [id, 'authenticated', 'a@b.c', `{"sub": "${id}", "role": "authenticated", "email": "a@b.c"}`],
      ],
    ])('the functions of auth read claims %s', async (claims, expected) => {
      await prepare(superuser)
      const calls = ['auth.uid()', 'auth.role()', 'auth.email()', 'auth.jwt()']
      for (const role of ['anon', 'authenticated', 'service_role']) {
        const answers = calls.map(async (call) => asRole(superuser, { role, claims }, `select ${call}`))
        expect(await Promise.all(answers)).toEqual(expected)
      }
    })

    test('single claims go before the whole, and no claims at all are null', async () => {
      const settings = [
        ['request.jwt.claim.sub', id],
        ['request.jwt.claim.role', 'single'],
        ['request.jwt.claims', '{"role":"whole","email":"e"}'],
        ['search_path', ''],
      ] as const
      const text = 'select auth.uid() as uid, auth.role() as role, auth.email() as email'
      const [rows] = await superuser.run({ scope: { settings }, statements: [{ text, values: [] }] })
      expect(rows?.objects()).toEqual([{ uid: id, role: 'single', email: 'e' }])
      const none = 'select auth.uid() as uid, auth.jwt() as jwt'
      expect(await query(server.pool(), none)).toEqual([{ uid: null, jwt: null }])
    })

    test('policies pay for no call: the functions are folded into the query', async () => {
      const plan = await query(
        superuser,
        'explain (verbose, costs off) select 1 from pg_class where oid::text = auth.role()',
      )
      expect(JSON.stringify(plan)).toContain('current_setting')
      expect(JSON.stringify(plan)).not.toContain('auth.role')
    })
  })
}

describe('schema watch', () => {
  let server: ThrowawayServer
  let owner: SessionPool
  let listener: Listener
  const heard: (string | undefined)[] = []

  beforeAll(async () => {
    server = await startThrowawayServer(18)
    const pool = server.pool()
    await pool.connected(20)
    owner = pool
    await prepare(owner)
    listener = new Listener(server.target(), () => undefined)
    await new Promise<void>((resolve) => {
      listener.listen('pgrst', (payload) => {
        heard.push(payload)
        resolve()
      })
    })
  })
  afterAll(async () => {
    await listener.close()
    await server.stop()
  })

  /** What is heard on `pgrst` because of these statements, run as one transaction. A marker that is sent after them ends the wait. */
  async function heardAfter(...texts: string[]): Promise<(string | undefined)[]> {
    heard.length = 0
    await query(owner, ...texts)
    await query(owner, `select pg_notify('pgrst', 'marker')`)
    await expect.poll(() => heard.at(-1), { timeout: 5000, interval: 5 }).toBe('marker')
    return heard.slice(0, -1)
  }

  test.each([
    ['create table public.a (id int)'],
    ['create table public.b (id int primary key)', 'alter table public.b add column n int'],
    ['create schema private_api'],
    ['create view public.av as select * from public.a'],
    ['create function public.f() returns int language sql return 1'],
    [`comment on table public.a is 'x'`],
    ['create table public.c as select 1 as one'],
    ['alter table public.b drop column n'],
    ['drop function public.f()'],
    ['drop view public.av'],
    ['drop schema private_api'],
    ["create type public.mood as enum ('ok')"],
    ['create extension citext with schema extensions'],
  ])('%s …: once', async (...texts) => {
    expect(await heardAfter(...texts)).toEqual(['reload schema'])
  })

  test.each([
    ['create temporary table t (id serial primary key)', 'create index on t (id)', 'drop table t'],
    ['create temporary table u on commit drop as select 1 as x', 'alter table u add column y int'],
    ['create table auth.of_a_module (id int primary key)', 'drop table auth.of_a_module'],
    ['create index on public.a (id)'],
    ['insert into public.a values (1)'],
    ['grant select on public.a to anon'],
    ['create role somebody'],
  ])('%s …: never', async (...texts) => {
    expect(await heardAfter(...texts)).toEqual([])
  })
})

/** Accounts on databases where we are not superuser, as managed ones are. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasVersion, type Version } from '../../../test/throwaway-server.ts'
import { type AuthServer, newEmail, startAuthServer } from './test/auth-server.ts'

const versions: Version[] = [18, 15]
const password = 'correct horse'

describe.each(versions.filter(hasVersion))('PostgreSQL %i', (version) => {
  let server: AuthServer

  beforeAll(async () => {
    server = await startAuthServer({}, version)
  })

  afterAll(async () => {
    await server.stop()
  })

  async function run(...texts: string[]): Promise<void> {
    for (const text of texts) await server.pool.run({ statements: [{ text, values: [] }] })
  }

  /** A server that logs in to a new database as its owner, who has the given rights. */
  async function managed(name: string, rights: string): Promise<AuthServer> {
    await run(`create role ${name} login ${rights}`, `create database ${name} owner ${name}`)
    const { host, port } = server.postgres.target()
    return server.beside({ DATABASE_URL: `postgresql://${name}@${host}:${port}/${name}` })
  }

  async function tablesOwner(name: string): Promise<unknown> {
    const pool = server.postgres.pool({ database: name })
    const text = `select tableowner from pg_tables where schemaname = 'auth' and tablename = 'users'`
    const [rows] = await pool.run({ statements: [{ text, values: [] }] })
    return rows?.text(0, 0)
  }

  test.each([
    ['app_owner', 'createrole'],
    ['app_admin', 'createrole bypassrls'],
  ])('%s (%s) can sign users up and in', async (name, rights) => {
    const beside = await managed(name, rights)
    const email = newEmail()
    const up = await beside.ask('/signup', { body: { email, password } })
    const signIn = await beside.ask('/token?grant_type=password', { body: { email, password } })
    const refreshed = await beside.ask('/token?grant_type=refresh_token', {
      body: { refresh_token: signIn.body.refresh_token },
    })
    // What an app's migrations and seeds do, under the login that they have here.
    const login = server.postgres.pool({ user: name, database: name })
    await login.run({
      statements: [
        {
          text: 'create table public.profiles (id uuid references auth.users on delete cascade)',
          values: [],
        },
        { text: 'insert into public.profiles select id from auth.users', values: [] },
        {
          text: `insert into auth.users (id, email) values (gen_random_uuid(), 'seed@example.com')`,
          values: [],
        },
      ],
    })
    await beside.stop()
    expect([up.status, signIn.status, refreshed.status]).toEqual([200, 200, 200])
    expect(['supabase_auth_admin', name]).toContain(await tablesOwner(name))
  })

  test('where another has made the tables and keeps them, that is said at the start', async () => {
    await run('create role closed_owner login createrole', 'create database closed owner closed_owner')
    const pool = server.postgres.pool({ database: 'closed' })
    for (const text of [
      'create schema auth',
      'create table auth.users (id uuid primary key)',
      'grant usage, create on schema auth to closed_owner',
    ])
      await pool.run({ statements: [{ text, values: [] }] })
    const { host, port } = server.postgres.target()
    const beside = await server.beside({ DATABASE_URL: `postgresql://closed_owner@${host}:${port}/closed` })
    const answer = await beside.ask('/signup', { body: { email: newEmail(), password } })
    await beside.stop()
    expect(beside.said.join('\n')).toContain('could not set up accounts')
    expect([answer.status, answer.body.code]).toEqual([500, 'unexpected_failure'])
  })

  test('on an ordinary one the tables belong to the role that Supabase gives them to', async () => {
    expect(await tablesOwner('postgres')).toBe('supabase_auth_admin')
  })
})

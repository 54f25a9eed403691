/** Accounts as apps use them: the unmodified supabase-js against a started server. */
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer, type TestServer } from '../start-server.ts'

const project = new URL('library', import.meta.url).pathname
const password = 'correct horse battery'
let server: TestServer
let service: SupabaseClient
let users = 0

beforeAll(async () => {
  server = await startServer({ project })
  service = client(server.serviceRoleKey)
})
afterAll(async () => server.stop())

function client(key = server.anonKey): SupabaseClient {
  return createClient(server.apiUrl, key, { auth: { persistSession: false, autoRefreshToken: false } })
}

function newEmail(): string {
  return `user-${++users}@example.com`
}

async function signedUp(data: object = {}): Promise<{ app: SupabaseClient; email: string; id: string }> {
  const app = client()
  const email = newEmail()
  const { data: answer, error } = await app.auth.signUp({ email, password, options: { data } })
  expect(error).toBeNull()
  return { app, email, id: answer.user?.id ?? '' }
}

describe('sign up', () => {
  test('answers a session, and the app may go on as that user', async () => {
    const app = client()
    const email = newEmail()
    const { data, error } = await app.auth.signUp({ email, password, options: { data: { nickname: 'Ann' } } })
    expect(error).toBeNull()
    expect(data.session).toMatchObject({ token_type: 'bearer', expires_in: 3600 })
    expect(data.user).toMatchObject({
      email,
      role: 'authenticated',
      aud: 'authenticated',
      user_metadata: { nickname: 'Ann' },
      app_metadata: { provider: 'email', providers: ['email'] },
    })
    expect(JSON.stringify(data)).not.toContain(password)
    expect((await app.rpc('who_am_i')).data).toMatchObject({
      user: 'authenticated',
      uid: data.user?.id,
      email,
    })
    expect((await app.from('profiles').select('nickname')).data).toEqual([{ nickname: 'Ann' }])
  })

  test("an app's trigger that refuses leaves no user behind", async () => {
    const email = newEmail()
    const { error } = await client().auth.signUp({
      email,
      password,
      options: { data: { nickname: 'forbidden' } },
    })
    expect(error).toMatchObject({ status: 500, message: 'Database error saving new user' })
    const { error: unknown } = await client().auth.signInWithPassword({ email, password })
    expect(unknown?.code).toBe('invalid_credentials')
  })

  test.each([
    ['a weak password', { email: 'weak@example.com', password: '12345' }, 422, 'weak_password'],
    ['no e-mail address', { email: 'not-an-address', password }, 400, 'validation_failed'],
  ])('refuses %s', async (_what, credentials, status, code) => {
    expect((await client().auth.signUp(credentials)).error).toMatchObject({ status, code })
  })

  test('refuses an address that is taken', async () => {
    const { email } = await signedUp()
    expect((await client().auth.signUp({ email: email.toUpperCase(), password })).error).toMatchObject({
      status: 422,
      code: 'user_already_exists',
    })
  })
})

describe('sign in', () => {
  test('with the right password, in any case of the address', async () => {
    const { email, id } = await signedUp()
    const { data, error } = await client().auth.signInWithPassword({ email: email.toUpperCase(), password })
    expect(error).toBeNull()
    expect(data.user?.id).toBe(id)
  })

  test('a wrong password and an unknown address get the same answer', async () => {
    const { email } = await signedUp()
    const wrong = await client().auth.signInWithPassword({ email, password: 'wrong' })
    const unknown = await client().auth.signInWithPassword({ email: 'nobody@example.com', password })
    expect(wrong.error).toMatchObject({ status: 400, code: 'invalid_credentials' })
    expect(unknown.error).toMatchObject({
      status: 400,
      code: 'invalid_credentials',
      message: wrong.error?.message,
    })
  })

  test('the token is verified with the public keys of the server', async () => {
    const { app, id } = await signedUp()
    const { data, error } = await app.auth.getClaims()
    expect(error).toBeNull()
    expect(data?.header.alg).toBe('ES256')
    expect(data?.claims).toMatchObject({ sub: id, role: 'authenticated', aal: 'aal1', is_anonymous: false })
  })
})

describe('sessions', () => {
  test('a refresh rotates the token; the old one no longer works after its grace', async () => {
    const { app } = await signedUp()
    const before = (await app.auth.getSession()).data.session
    const { data, error } = await app.auth.refreshSession()
    expect(error).toBeNull()
    expect(data.session?.refresh_token).not.toBe(before?.refresh_token)
    const again = await client().auth.refreshSession({ refresh_token: data.session?.refresh_token ?? '' })
    expect(again.error).toBeNull()
  })

  test('fifty refreshes at once leave the user signed in', async () => {
    const { app } = await signedUp()
    const refresh_token = (await app.auth.getSession()).data.session?.refresh_token ?? ''
    const results = await Promise.all(
      Array.from({ length: 50 }, async () => client().auth.refreshSession({ refresh_token })),
    )
    const last = results.find((result) => result.error === null)?.data.session
    expect(results.filter((result) => result.error !== null)).toEqual([])
    const next = await client().auth.refreshSession({ refresh_token: last?.refresh_token ?? '' })
    expect(next.error).toBeNull()
  })

  test('a made-up refresh token is refused', async () => {
    const { error } = await client().auth.refreshSession({ refresh_token: 'madeuptoken1' })
    expect(error).toMatchObject({ status: 400, code: 'refresh_token_not_found' })
  })

  test('signing out ends the session, here or everywhere', async () => {
    const { app, email } = await signedUp()
    const other = client()
    await other.auth.signInWithPassword({ email, password })
    const refresh_token = (await other.auth.getSession()).data.session?.refresh_token ?? ''
    expect((await app.auth.signOut({ scope: 'global' })).error).toBeNull()
    expect((await client().auth.refreshSession({ refresh_token })).error).not.toBeNull()
    // supabase-js turns `session_not_found` into an error of its own.
    expect((await other.auth.getUser()).error).toMatchObject({ name: 'AuthSessionMissingError' })
  })
})

describe('the user', () => {
  test('changes his data and password, but neither role nor app_metadata', async () => {
    const { app, email } = await signedUp()
    const { data } = await app.auth.updateUser({ data: { theme: 'dark' }, password: 'another long one' })
    expect(data.user?.user_metadata).toMatchObject({ theme: 'dark' })
    expect((await client().auth.signInWithPassword({ email, password })).error).not.toBeNull()
    expect((await client().auth.signInWithPassword({ email, password: 'another long one' })).error).toBeNull()

    const token = (await app.auth.getSession()).data.session?.access_token ?? ''
    await fetch(`${server.apiUrl}/auth/v1/user`, {
      method: 'PUT',
      headers: {
        apikey: server.anonKey,
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ role: 'service_role', app_metadata: { admin: true }, data: { role: 'x' } }),
    })
    const { data: after } = await app.auth.getUser()
    expect(after.user?.role).toBe('authenticated')
    expect(after.user?.app_metadata).toEqual({ provider: 'email', providers: ['email'] })
  })

  test('sees only his own rows', async () => {
    const ann = await signedUp()
    const bob = await signedUp()
    expect((await ann.app.from('notes').insert({ body: 'mine' })).error).toBeNull()
    expect((await ann.app.from('notes').select('body')).data).toEqual([{ body: 'mine' }])
    expect((await bob.app.from('notes').select('body')).data).toEqual([])
    expect((await client().from('notes').select('body')).data).toEqual([])
    const forged = await bob.app.from('notes').insert({ body: 'forged', user_id: ann.id })
    expect(forged).toMatchObject({ status: 403, error: { code: '42501' } })
    expect((await bob.app.from('notes').update({ body: 'x' }).eq('user_id', ann.id).select()).data).toEqual(
      [],
    )
    expect((await service.from('notes').select('body').eq('user_id', ann.id)).data).toEqual([
      { body: 'mine' },
    ])
  })
})

describe('admin', () => {
  test('creates, reads, lists, changes and deletes users', async () => {
    const email = newEmail()
    const created = await service.auth.admin.createUser({
      email,
      password,
      email_confirm: true,
      app_metadata: { plan: 'pro' },
    })
    expect(created.error).toBeNull()
    const id = created.data.user?.id ?? ''
    expect(
      (await client().auth.signInWithPassword({ email, password })).data.user?.app_metadata,
    ).toMatchObject({ plan: 'pro' })
    expect((await service.auth.admin.getUserById(id)).data.user?.email).toBe(email)
    const { data: page } = await service.auth.admin.listUsers({ page: 1, perPage: 1000 })
    expect(page.users.map((user) => user.id)).toContain(id)
    await service.auth.admin.updateUserById(id, { user_metadata: { city: 'Bath' } })
    expect((await service.auth.admin.getUserById(id)).data.user?.user_metadata).toMatchObject({
      city: 'Bath',
    })
    expect((await service.auth.admin.deleteUser(id)).error).toBeNull()
    expect((await service.auth.admin.getUserById(id)).error).toMatchObject({
      status: 404,
      code: 'user_not_found',
    })
  })

  test('is not for the anon key, nor for users', async () => {
    expect((await client().auth.admin.listUsers()).error?.status).toBe(403)
    const { app } = await signedUp()
    const token = (await app.auth.getSession()).data.session?.access_token ?? ''
    const response = await fetch(`${server.apiUrl}/auth/v1/admin/users`, {
      headers: { apikey: server.anonKey, authorization: `Bearer ${token}` },
    })
    expect(response.status).toBe(403)
  })
})

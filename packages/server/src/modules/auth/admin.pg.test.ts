/** What administrators do to accounts, through the front door; on the oldest PostgreSQL too, when there is one. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasVersion, type Version } from '../../../test/throwaway-server.ts'
import { type Answer, type Asking, type AuthServer, newEmail, startAuthServer } from './test/auth-server.ts'

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

  async function admin(path: string, asking: Asking = {}): Promise<Answer> {
    return server.ask(`/admin/users${path}`, { token: server.keys.project.serviceRoleKey, ...asking })
  }

  async function create(body: Record<string, unknown>): Promise<Answer> {
    return admin('', { body })
  }

  async function signIn(email: string, given = password): Promise<Answer> {
    return server.ask('/token?grant_type=password', { body: { email, password: given } })
  }

  async function query(text: string, ...values: string[]): Promise<Record<string, unknown>[]> {
    const [rows] = await server.pool.run({ statements: [{ text, values }] })
    return rows?.objects() ?? []
  }

  test.each(['GET', 'POST'])('nobody else may %s users', async (method) => {
    const body = method === 'POST' ? { body: { email: newEmail() } } : {}
    const user = await server.ask('/signup', { body: { email: newEmail(), password } })
    for (const token of [server.keys.project.anonKey, user.body.access_token]) {
      const { status, body: answer } = await server.ask('/admin/users', { method, token, ...body })
      expect([status, answer]).toEqual([403, { code: 'not_admin', message: 'User not allowed' }])
    }
  })

  test('a user is made as given', async () => {
    const email = newEmail()
    const id = '11111111-2222-4333-8444-555555555555'
    const { status, body } = await create({
      id,
      email: email.toUpperCase(),
      password,
      email_confirm: true,
      phone: '+49 123 456',
      user_metadata: { name: 'Bob' },
      app_metadata: { team: 7, provider: 'email' },
      role: 'editor',
      ban_duration: 'none',
    })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      id,
      email,
      phone: '49123456',
      role: 'editor',
      app_metadata: { team: 7, provider: 'email', providers: ['email', 'phone'] },
      user_metadata: { name: 'Bob', email_verified: true },
      email_confirmed_at: expect.any(String),
    })
    expect(body).not.toHaveProperty('phone_confirmed_at')
    expect(body.identities).toHaveLength(2)
    expect((await signIn(email)).body.user.role).toBe('editor')
  })

  test('without a password nobody can sign in, and unconfirmed ones must wait', async () => {
    const email = newEmail()
    const { body } = await create({ email })
    expect((await signIn(email, '')).body.code).toBe('invalid_credentials')
    await admin(`/${body.id}`, { method: 'PUT', body: { password } })
    expect((await signIn(email)).body.code).toBe('email_not_confirmed')
    await admin(`/${body.id}`, { method: 'PUT', body: { email_confirm: true } })
    expect((await signIn(email)).status).toBe(200)
  })

  test('a hash that is given keeps working, and is replaced at the first sign-in', async () => {
    const email = newEmail()
    const { body } = await server.ask('/signup', { body: { email: newEmail(), password } })
    const [row] = await query('select encrypted_password as hash from auth.users where id = $1', body.user.id)
    const made = await create({ email, email_confirm: true, password_hash: row?.['hash'] })
    expect(made.status).toBe(200)
    expect((await signIn(email)).status).toBe(200)
    expect((await signIn(email, 'another')).status).toBe(400)
  })

  test.each([
    ['validation_failed', 400, {}],
    ['validation_failed', 400, { email: 'no address' }],
    ['validation_failed', 400, { phone: 'abc' }],
    ['validation_failed', 400, { email: 'a@example.com', id: 'x' }],
    ['validation_failed', 400, { email: 'a@example.com', id: '00000000-0000-0000-0000-000000000000' }],
    ['validation_failed', 400, { email: 'a@example.com', ban_duration: 'forever' }],
    ['validation_failed', 400, { email: 'a@example.com', ban_duration: `${'9'.repeat(60)}h` }],
    ['validation_failed', 400, { email: 'a@example.com', password, password_hash: '$argon2id$' }],
    ['validation_failed', 400, { email: 'a@example.com', password_hash: 'md5' }],
    [
      'validation_failed',
      400,
      { email: 'a@example.com', password_hash: '$argon2id$v=19$m=99999999,t=9,p=1$YWFhYWFhYWE$YWFhYWFhYWE' },
    ],
    ['validation_failed', 400, { email: 'a@example.com', role: 'a\0b' }],
    ['weak_password', 422, { email: 'a@example.com', password: 'ab' }],
    ['bad_json', 400, { email: 'a@example.com', app_metadata: 'x' }],
    ['bad_json', 400, { email: 'a@example.com', email_confirm: 'yes' }],
  ])('%s %i for %o', async (code, status, body) => {
    const answer = await create(body)
    expect([answer.body.code, answer.status]).toEqual([code, status])
  })

  test('what another user has is refused', async () => {
    const email = newEmail()
    await create({ email, phone: '4911111111' })
    expect((await create({ email })).body.code).toBe('email_exists')
    expect((await create({ phone: '4911111111' })).body.code).toBe('phone_exists')
    const { body } = await create({ email: newEmail() })
    const answer = await admin(`/${body.id}`, { method: 'PUT', body: { email } })
    expect([answer.status, answer.body.code]).toEqual([422, 'email_exists'])
  })

  test('a user is changed as given, and what is not named stays', async () => {
    const { body: made } = await create({
      email: newEmail(),
      user_metadata: { a: 1, b: 2 },
      app_metadata: { c: 3 },
    })
    const email = newEmail()
    const { status, body } = await admin(`/${made.id}`, {
      method: 'PUT',
      body: {
        email,
        email_confirm: true,
        phone: '4922222222',
        user_metadata: { a: null, d: 4 },
        app_metadata: { role: 'admin' },
        role: 'reviewer',
      },
    })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      email,
      phone: '4922222222',
      role: 'reviewer',
      user_metadata: { b: 2, d: 4, email_verified: true },
      app_metadata: { c: 3, role: 'admin', provider: 'email' },
    })
    expect(body.user_metadata).not.toHaveProperty('a')
    expect(body.identities[0].identity_data).toMatchObject({ email, email_verified: true, sub: made.id })
    expect((await admin(`/${made.id}`)).body).toEqual(body)
  })

  test('a new password from an administrator ends all sessions', async () => {
    const email = newEmail()
    const { body } = await server.ask('/signup', { body: { email, password } })
    await admin(`/${body.user.id}`, { method: 'PUT', body: { password: 'another one' } })
    expect((await server.ask('/user', { token: body.access_token })).body.code).toBe('session_not_found')
    expect((await signIn(email, 'another one')).status).toBe(200)
  })

  test('a ban keeps a user out until it is lifted', async () => {
    const email = newEmail()
    const { body } = await create({ email, password, email_confirm: true, ban_duration: '1h30m' })
    const hours = (Date.parse(body.banned_until) - Date.now()) / 3_600_000
    expect(hours).toBeCloseTo(1.5, 1)
    expect((await signIn(email)).body).toMatchObject({ code: 'user_banned' })
    expect((await signIn(email, 'wrong')).body.code).toBe('invalid_credentials')
    await admin(`/${body.id}`, { method: 'PUT', body: { ban_duration: 'none' } })
    expect((await signIn(email)).status).toBe(200)
  })

  test('lists page by page, newest first, with what clients need to go on', async () => {
    const made: string[] = []
    for (let index = 0; index < 5; index++)
      made.push((await create({ email: `listed${index}@example.com` })).body.id)
    const { body, headers } = await admin('?page=1&per_page=2&filter=listed')
    expect(body.users.map((user: { id: string }) => user.id)).toEqual([made[4], made[3]])
    expect(body.aud).toBe('authenticated')
    expect(headers.get('x-total-count')).toBe('5')
    expect(headers.get('link')).toBe(
      '</admin/users?page=2&per_page=2>; rel="next", </admin/users?page=3&per_page=2>; rel="last"',
    )
    const last = await admin('?page=3&per_page=2&filter=listed')
    expect(last.body.users).toHaveLength(1)
    expect(last.headers.get('link')).toBe('</admin/users?page=3&per_page=2>; rel="last"')
    expect((await admin('?filter=%25')).body.users).toEqual([])
    expect((await admin('?filter=%27;drop table auth.users;--')).body.users).toEqual([])
    expect((await admin('?page=&per_page=')).status).toBe(200)
    for (const bad of ['page=-1', 'page=x', 'per_page=1e9', 'page=99999999999999999999'])
      expect((await admin(`?${bad}`)).body.code).toBe('validation_failed')
  })

  test('a user who is not there, and a name that is none', async () => {
    const nobody = '/00000000-0000-4000-8000-000000000000'
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const asking = method === 'PUT' ? { method, body: {} } : { method }
      expect((await admin(nobody, asking)).body).toEqual({
        code: 'user_not_found',
        message: 'User not found',
      })
      const bad = await admin('/x', asking)
      expect([bad.status, bad.body.code]).toEqual([404, 'validation_failed'])
    }
  })

  test('a deleted user is gone with sessions and identities', async () => {
    const email = newEmail()
    const { body } = await server.ask('/signup', { body: { email, password } })
    const answer = await admin(`/${body.user.id}`, { method: 'DELETE' })
    expect([answer.status, answer.body]).toEqual([200, {}])
    for (const table of [
      'users where id',
      'identities where user_id',
      'sessions where user_id',
      'refresh_tokens where user_id',
    ])
      expect(await query(`select from auth.${table} = $1`, body.user.id)).toEqual([])
    expect((await signIn(email)).body.code).toBe('invalid_credentials')
    expect((await server.ask('/signup', { body: { email, password } })).status).toBe(200)
  })

  test('one whom a table of the app still needs stays, until deleted softly', async () => {
    const email = newEmail()
    const { body } = await server.ask('/signup', { body: { email, password, data: { name: 'Ann' } } })
    const { id } = body.user
    await query('create table public.orders (buyer uuid references auth.users)')
    await query('insert into public.orders values ($1)', id)
    const refused = await admin(`/${id}`, { method: 'DELETE', body: {} })
    expect([refused.status, refused.body]).toEqual([
      500,
      { code: 'unexpected_failure', message: 'Database error deleting user' },
    ])
    expect((await server.ask('/user', { token: body.access_token })).status).toBe(200)
    const soft = await admin(`/${id}`, { method: 'DELETE', body: { should_soft_delete: true } })
    expect(soft.status).toBe(200)
    const { body: left } = await admin(`/${id}`)
    expect(left).toMatchObject({ id, user_metadata: {}, app_metadata: {}, deleted_at: expect.any(String) })
    expect(JSON.stringify(left)).not.toContain(email)
    expect(JSON.stringify(left)).not.toContain('Ann')
    expect((await signIn(email)).body.code).toBe('invalid_credentials')
    await query('drop table public.orders')
  })

  test('the audit log tells who did what, in the transaction of the deed', async () => {
    const email = newEmail()
    const { body } = await server.ask('/signup', {
      body: { email, password },
      headers: { 'x-forwarded-for': '203.0.113.9' },
    })
    await admin(`/${body.user.id}`, { method: 'DELETE' })
    const entries = await query(
      `select payload ->> 'action' as action, payload ->> 'actor_username' as actor, ip_address
       from auth.audit_log_entries
       where payload ->> 'actor_id' = $1 or payload -> 'traits' ->> 'user_id' = $1 order by 1`,
      body.user.id,
    )
    expect(entries).toEqual([
      { action: 'login', actor: email, ip_address: '203.0.113.9' },
      { action: 'user_deleted', actor: 'service_role', ip_address: '127.0.0.1' },
      { action: 'user_signedup', actor: email, ip_address: '203.0.113.9' },
    ])
  })
})

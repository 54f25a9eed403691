/** One's own user through the front door: shown, changed, and what is not one's own to change. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, type AuthServer, newEmail, startAuthServer } from './test/auth-server.ts'

let server: AuthServer

beforeAll(async () => {
  server = await startAuthServer({ PLINTH_AUTH_ENABLE_ANONYMOUS_SIGN_INS: 'true' })
})

afterAll(async () => {
  await server.stop()
})

const password = 'correct horse'

async function signUp(email = newEmail(), data?: unknown): Promise<Answer> {
  return server.ask('/signup', { body: { email, password, ...(data === undefined ? {} : { data }) } })
}

async function signIn(email: string, given = password): Promise<Answer> {
  return server.ask('/token?grant_type=password', { body: { email, password: given } })
}

describe('one’s own user', () => {
  test('is shown', async () => {
    const { body } = await signUp()
    const { status, body: user } = await server.ask('/user', { token: body.access_token })
    expect([status, user]).toEqual([200, body.user])
  })

  test.each([
    ['the anon key', (): string => server.keys.project.anonKey],
    ['an empty token', (): string => ''],
    ['nonsense', (): string => 'nonsense'],
  ])('is not shown to %s', async (_name, token) => {
    const answer = await server.ask('/user', { token: token() })
    expect([answer.status, answer.body.code]).toEqual([403, 'bad_jwt'])
  })

  test('is not shown to a token whose user is gone', async () => {
    const token = await server.keys.sign(
      { sub: '00000000-0000-4000-8000-000000000000', role: 'authenticated' },
      60,
    )
    const { status, body } = await server.ask('/user', { token })
    expect([status, body.code]).toEqual([403, 'user_not_found'])
  })

  test.each([{ sub: 'x' }, { sub: '00000000-0000-4000-8000-000000000000', session_id: 'x' }])(
    'is not shown for the claims %o',
    async (claims) => {
      const token = await server.keys.sign({ role: 'authenticated', ...claims }, 60)
      expect((await server.ask('/user', { token })).body.code).toBe('bad_jwt')
    },
  )

  test('metadata is merged, and null takes a key away', async () => {
    const { body } = await signUp(newEmail(), { a: 1, b: { c: null } })
    const answer = await server.ask('/user', {
      method: 'PUT',
      token: body.access_token,
      body: { data: { a: null, d: [1], "o'k": null } },
    })
    expect(answer.status).toBe(200)
    expect(answer.body.user_metadata).toMatchObject({ b: { c: null }, d: [1] })
    expect(answer.body.user_metadata).not.toHaveProperty('a')
  })

  test('role and app_metadata are not one’s own to change', async () => {
    const { body } = await signUp()
    const token = body.access_token
    const refused = await server.ask('/user', {
      method: 'PUT',
      token,
      body: { app_metadata: { admin: true } },
    })
    expect([refused.status, refused.body.code]).toEqual([403, 'not_admin'])
    const answer = await server.ask('/user', {
      method: 'PUT',
      token,
      body: { role: 'service_role', aud: 'x', is_super_admin: true, data: { role: 'service_role' } },
    })
    expect(answer.body).toMatchObject({ role: 'authenticated', app_metadata: body.user.app_metadata })
    const refreshed = await server.ask('/token?grant_type=refresh_token', {
      body: { refresh_token: body.refresh_token },
    })
    const identity = await server.keys.identify(
      new Request('http://x', { headers: { authorization: `Bearer ${refreshed.body.access_token}` } }),
    )
    expect(identity.role).toBe('authenticated')
  })

  test('a new password ends all other sessions', async () => {
    const email = newEmail()
    const { body: mine } = await signUp(email)
    const { body: other } = await signIn(email)
    const put = async (to: string): Promise<Answer> =>
      server.ask('/user', { method: 'PUT', token: mine.access_token, body: { password: to } })
    expect((await put(password)).body.code).toBe('same_password')
    expect((await put('short')).body.code).toBe('weak_password')
    expect((await put('a new password')).status).toBe(200)
    expect((await server.ask('/user', { token: mine.access_token })).status).toBe(200)
    expect((await server.ask('/user', { token: other.access_token })).body.code).toBe('session_not_found')
    expect((await signIn(email)).status).toBe(400)
    expect((await signIn(email, 'a new password')).status).toBe(200)
  })

  test('where that is asked for, a password can only be changed soon after signing in', async () => {
    const careful = await server.beside({
      PLINTH_AUTH_EMAIL_SECURE_PASSWORD_CHANGE: 'true',
      PLINTH_JWT_SECRET: server.keys.project.jwtSecret,
    })
    const { body } = await careful.ask('/signup', { body: { email: newEmail(), password } })
    const put = async (to: string): Promise<Answer> =>
      careful.ask('/user', { method: 'PUT', token: body.access_token, body: { password: to } })
    const young = await put('a new password')
    await server.pool.run({
      statements: [
        {
          text: `update auth.sessions set created_at = now() - interval '25 hours' where user_id = $1`,
          values: [body.user.id],
        },
      ],
    })
    const old = await put('another new password')
    await careful.stop()
    expect(young.status).toBe(200)
    expect([old.status, old.body.code]).toEqual([400, 'reauthentication_needed'])
  })

  test('a new address waits for its confirmation; one that is taken is refused', async () => {
    const taken = newEmail()
    await signUp(taken)
    const { body } = await signUp()
    const wanted = newEmail()
    const put = async (email: string): Promise<Answer> =>
      server.ask('/user', { method: 'PUT', token: body.access_token, body: { email } })
    expect((await put(taken)).body.code).toBe('email_exists')
    expect((await put(wanted)).body).toMatchObject({ email: body.user.email, new_email: wanted })
  })
})

describe('anonymous users', () => {
  test('sign in, and become ordinary ones by an address and a password', async () => {
    const { status, body } = await server.ask('/signup', { body: { data: { color: 'blue' } } })
    expect(status).toBe(200)
    expect(body.user).toMatchObject({ is_anonymous: true, email: '', app_metadata: {}, identities: [] })
    const email = newEmail()
    const put = async (change: unknown): Promise<Answer> =>
      server.ask('/user', { method: 'PUT', token: body.access_token, body: change })
    expect((await put({ password })).status).toBe(422)
    const answer = await put({ email, password })
    expect(answer.body).toMatchObject({
      id: body.user.id,
      email,
      is_anonymous: false,
      app_metadata: { provider: 'email', providers: ['email'] },
      user_metadata: { color: 'blue' },
    })
    expect(answer.body.identities).toHaveLength(1)
    expect((await signIn(email)).body.user.id).toBe(body.user.id)
  })
})

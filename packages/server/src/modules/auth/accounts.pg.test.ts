/** Accounts through the front door: signing up and in with a password, and all that is refused. */
import { createRemoteJWKSet, jwtVerify } from 'jose'
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

async function query(text: string, ...values: string[]): Promise<Record<string, unknown>[]> {
  const [rows] = await server.pool.run({ statements: [{ text, values }] })
  return rows?.objects() ?? []
}

const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)

describe('sign up', () => {
  test('answers with a session whose token anyone can verify, and the user as GoTrue shows it', async () => {
    const email = newEmail()
    const { status, body } = await signUp(email.toUpperCase(), { full_name: 'Ann', sub: 'forged' })
    expect(status).toBe(200)
    expect(body).toEqual({
      access_token: expect.any(String),
      token_type: 'bearer',
      expires_in: 3600,
      expires_at: expect.any(Number),
      refresh_token: expect.stringMatching(/^[a-z0-9]{24}$/),
      user: {
        id: expect.any(String),
        aud: 'authenticated',
        role: 'authenticated',
        email,
        phone: '',
        email_confirmed_at: time,
        confirmed_at: time,
        last_sign_in_at: time,
        app_metadata: { provider: 'email', providers: ['email'] },
        user_metadata: {
          sub: body.user.id,
          email,
          email_verified: true,
          phone_verified: false,
          full_name: 'Ann',
        },
        identities: [
          {
            identity_id: expect.any(String),
            id: body.user.id,
            user_id: body.user.id,
            identity_data: {
              sub: body.user.id,
              email,
              email_verified: false,
              phone_verified: false,
              full_name: 'Ann',
            },
            provider: 'email',
            last_sign_in_at: time,
            created_at: time,
            updated_at: time,
            email,
          },
        ],
        created_at: time,
        updated_at: time,
        is_anonymous: false,
      },
    })
    const jwks = createRemoteJWKSet(new URL(`${server.url}/auth/v1/.well-known/jwks.json`))
    const { payload, protectedHeader } = await jwtVerify(body.access_token, jwks, {
      audience: 'authenticated',
    })
    expect(protectedHeader.alg).toBe('ES256')
    expect(payload).toMatchObject({
      iss: 'http://127.0.0.1:54321/auth/v1',
      sub: body.user.id,
      email,
      phone: '',
      role: 'authenticated',
      aal: 'aal1',
      amr: [{ method: 'password', timestamp: expect.any(Number) }],
      session_id: expect.any(String),
      is_anonymous: false,
      app_metadata: body.user.app_metadata,
      user_metadata: body.user.user_metadata,
      exp: body.expires_at,
    })
  })

  test('keeps no password, only its hash', async () => {
    const { body } = await signUp()
    const [row] = await query('select encrypted_password as hash from auth.users where id = $1', body.user.id)
    expect(row?.['hash']).toMatch(/^\$argon2id\$v=19\$m=64,t=1,p=1\$/)
  })

  test('an address that is taken is refused, however it is written', async () => {
    const email = newEmail()
    await signUp(email)
    const { status, body } = await signUp(email.toUpperCase())
    expect([status, body]).toEqual([422, { code: 'user_already_exists', message: 'User already registered' }])
  })

  test('of fifty at once for one address, one succeeds', async () => {
    const email = newEmail()
    const answers = await Promise.all(Array.from({ length: 50 }, async () => signUp(email)))
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b)
    expect(statuses).toEqual([200, ...Array.from({ length: 49 }, () => 422)])
  })

  test.each([
    ['validation_failed', 400, { email: 'a@example.com' }],
    ['weak_password', 422, { email: 'a@example.com', password: '12345' }],
    ['validation_failed', 400, { email: 'a@example.com', password: 'x'.repeat(1025) }],
    ['validation_failed', 400, { email: 'not an address', password }],
    ['validation_failed', 400, { email: `${'a'.repeat(250)}@example.com`, password }],
    ['validation_failed', 400, { email: 'a\0@example.com', password }],
    ['validation_failed', 400, { email: 'a@example.com\r\nBcc: b@example.com', password }],
    ['validation_failed', 400, { email: 'a@example.com', password, data: { name: 'a\0b' } }],
    ['validation_failed', 400, { email: 'a@example.com', password, data: { name: '\ud800' } }],
    ['phone_provider_disabled', 400, { phone: '4912345678', password }],
    ['bad_json', 400, { email: 7, password }],
    ['bad_json', 400, { email: 'a@example.com', password, data: [1] }],
    ['bad_json', 400, '{"email":'],
    ['bad_json', 400, '[]'],
    ['bad_json', 400, 'null'],
    ['bad_json', 400, ''],
  ])('%s: %o is %i', async (code, status, body) => {
    const before = await query('select count(*) as n from auth.users')
    const answer = await server.ask('/signup', { method: 'POST', body })
    expect([answer.status, answer.body.code]).toEqual([status, code])
    expect(answer.headers.get('x-supabase-api-version')).toBe('2024-01-01')
    expect(await query('select count(*) as n from auth.users')).toEqual(before)
  })

  test('says what is weak, in both error formats', async () => {
    const body = { email: newEmail(), password: 'ab' }
    const weak = { weak_password: { reasons: ['length'] } }
    const message = 'Password should be at least 6 characters.'
    const now = await server.ask('/signup', { body })
    expect(now.body).toEqual({ code: 'weak_password', message, ...weak })
    const old = await server.ask('/signup', { body, headers: { 'x-supabase-api-version': '' } })
    expect(old.body).toEqual({ code: 422, error_code: 'weak_password', msg: message, ...weak })
    expect(old.headers.has('x-supabase-api-version')).toBe(false)
  })

  test('a body that is too large is refused', async () => {
    const answer = await server.ask('/signup', { body: { email: 'x'.repeat(1_100_000) } })
    expect([answer.status, answer.body.code]).toEqual([413, 'request_entity_too_large'])
  })

  test('a profile with characters of every kind comes back as it was', async () => {
    const data = { name: `O'Brien "\\u0000" 🦄 $1; drop table auth.users`, list: [1, null, { a: true }] }
    const { body } = await signUp(newEmail(), data)
    expect(body.user.user_metadata).toMatchObject(data)
  })
})

describe('triggers of apps', () => {
  test('one that fails writes nothing, and says so as GoTrue does', async () => {
    await query(`create function public.refuse_user() returns trigger language plpgsql as
      $$ begin if new.email like 'refused%' then raise exception 'no such profile table'; end if; return new; end $$`)
    await query(
      'create trigger refuse after insert on auth.users for each row execute function public.refuse_user()',
    )
    const answer = await signUp('refused@example.com')
    expect(answer.status).toBe(500)
    expect(answer.body).toEqual({ code: 'unexpected_failure', message: 'Database error saving new user' })
    const left = await query(`select from auth.users where email = 'refused@example.com'`)
    expect(left).toEqual([])
    expect(server.said.join('\n')).toContain('no such profile table')
  })

  test('one sees the new user, then the confirmation', async () => {
    await query('create table public.seen (what text, metadata jsonb, confirmed boolean)')
    await query(`create function public.see() returns trigger language plpgsql security definer as
      $$ begin insert into public.seen values
        (tg_op, new.raw_user_meta_data, new.email_confirmed_at is not null); return new; end $$`)
    await query(
      'create trigger see after insert or update of email_confirmed_at on auth.users for each row execute function public.see()',
    )
    await signUp(newEmail(), { team: 'red' })
    await query('drop trigger see on auth.users')
    const seen = await query('select what, metadata, confirmed from public.seen')
    expect(seen[0]).toEqual({ what: 'INSERT', metadata: { team: 'red' }, confirmed: false })
    expect(seen[1]).toMatchObject({ what: 'UPDATE', confirmed: true })
  })
})

describe('sign in with a password', () => {
  test('answers with a session, also for an address in other letters', async () => {
    const email = newEmail()
    const { body: first } = await signUp(email)
    const { status, body } = await signIn(email.toUpperCase())
    expect(status).toBe(200)
    expect(body.user.id).toBe(first.user.id)
    expect(body.refresh_token).not.toBe(first.refresh_token)
  })

  test('many at once by one user do not stand in each other’s way', async () => {
    const email = newEmail()
    await signUp(email)
    const answers = await Promise.all(Array.from({ length: 30 }, async () => signIn(email)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  })

  test('a wrong password and an unknown user get the same answer', async () => {
    const email = newEmail()
    await signUp(email)
    const wrong = await signIn(email, 'wrong password')
    const unknown = await signIn('nobody@example.com', 'wrong password')
    expect([wrong.status, wrong.body]).toEqual([
      400,
      { code: 'invalid_credentials', message: 'Invalid login credentials' },
    ])
    expect(unknown.body).toEqual(wrong.body)
  })

  test.each([
    ['invalid_credentials', { email: 'a@example.com' }],
    ['invalid_credentials', { email: 'a@example.com', password: 'x'.repeat(900_000) }],
    ['invalid_credentials', { email: 'a\0@example.com', password }],
    ['invalid_credentials', { email: `' or true --`, password }],
    ['validation_failed', { password }],
    ['validation_failed', { email: 'a@example.com', phone: '1', password }],
    ['phone_provider_disabled', { phone: '4912345678', password }],
    ['bad_json', { email: { $ne: null }, password }],
  ])('%s: %o', async (code, body) => {
    const answer = await server.ask('/token?grant_type=password', { body })
    expect(answer.body.code).toBe(code)
  })

  test('a user whom a seed made with pgcrypto can sign in, and is hashed anew', async () => {
    const email = newEmail()
    await query(
      `insert into auth.users (id, aud, role, email, encrypted_password, email_confirmed_at)
       values (gen_random_uuid(), 'authenticated', 'authenticated', $1,
         extensions.crypt($2, extensions.gen_salt('bf', 5)), now())`,
      email,
      'pässword',
    )
    expect((await signIn(email, 'password')).body.code).toBe('invalid_credentials')
    expect((await signIn(email, 'pässword')).status).toBe(200)
    const [row] = await query('select encrypted_password as hash from auth.users where email = $1', email)
    expect(row?.['hash']).toMatch(/^\$argon2id/)
    expect((await signIn(email, 'pässword')).status).toBe(200)
  })

  test('an unknown grant type is refused', async () => {
    const { status, body } = await server.ask('/token?grant_type=magic', { body: {} })
    expect([status, body]).toEqual([400, { code: 'invalid_credentials', message: 'unsupported_grant_type' }])
  })

  test('a password that would be refused today is let in, and told so', async () => {
    const email = newEmail()
    await signUp(email)
    const strict = await server.beside({
      PLINTH_JWT_SECRET: server.keys.project.jwtSecret,
      PLINTH_AUTH_PASSWORD_REQUIREMENTS: 'letters_digits',
      PLINTH_AUTH_HASH_ITERATIONS: '2',
    })
    const body = { email, password }
    const answer = await strict.ask('/token?grant_type=password', { body })
    const [row] = await query('select encrypted_password as hash from auth.users where email = $1', email)
    const again = await strict.ask('/token?grant_type=password', { body })
    await strict.stop()
    expect(answer.body.weak_password.reasons).toEqual(['characters'])
    expect(row?.['hash']).toContain('t=2')
    expect(again.status).toBe(200)
  })
})

test('nothing secret is said', async () => {
  const secret = 'a very secret passphrase'
  const email = newEmail()
  await server.ask('/signup', { body: { email, password: secret } })
  const { body } = await signIn(email, secret)
  await signIn(email, `${secret} typo`)
  await server.ask('/signup', { body: `{"email": "${email}", "password": "${secret}"` })
  await signUp('refused@example.com')
  const said = server.said.join('\n')
  for (const word of [
    secret,
    body.access_token,
    body.refresh_token,
    '$argon2',
    server.keys.project.serviceRoleKey,
  ])
    expect(said).not.toContain(word)
})

test('what is not there is refused in the same shape', async () => {
  const answer = await server.ask('/no-such-thing', { body: {} })
  expect([answer.status, answer.body.code]).toEqual([404, 'route_not_found'])
})

test('anyone may look at health, keys and discovery, without a key', async () => {
  const get = async (path: string): Promise<unknown> => (await fetch(`${server.url}/auth/v1${path}`)).json()
  expect(await get('/health')).toMatchObject({ name: 'GoTrue' })
  expect(await get('/.well-known/jwks.json')).toEqual(server.keys.jwks())
  expect(await get('/.well-known/openid-configuration')).toMatchObject({
    issuer: 'http://127.0.0.1:54321/auth/v1',
    id_token_signing_alg_values_supported: ['ES256'],
  })
  expect((await fetch(`${server.url}/auth/v1/settings`)).status).toBe(401)
  expect((await server.ask('/settings')).body).toMatchObject({
    external: { email: true, phone: false, anonymous_users: true, google: false },
    disable_signup: false,
    mailer_autoconfirm: true,
  })
})

test('API roles cannot touch the tables of accounts', async () => {
  for (const role of ['anon', 'authenticated', 'service_role']) {
    for (const table of ['users', 'sessions', 'refresh_tokens', 'identities', 'mfa_factors']) {
      const reading = server.pool.run({
        scope: { role },
        statements: [{ text: `select from auth.${table}`, values: [] }],
      })
      await expect(reading).rejects.toThrow('permission denied')
    }
  }
  const unprotected = await query(`select relname from pg_class where relnamespace = 'auth'::regnamespace
    and relkind = 'r' and not relrowsecurity`)
  expect(unprotected).toEqual([])
})

/** Accounts by e-mail, at the edges: too early, too late, too often, and from where they should not come. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, type AuthServer, newEmail, startAuthServer } from './test/auth-server.ts'

let server: AuthServer

const password = 'correct horse'
const confirming = {
  PLINTH_AUTH_EMAIL_ENABLE_CONFIRMATIONS: 'true',
  PLINTH_AUTH_EMAIL_MAX_FREQUENCY: '0s',
  PLINTH_AUTH_RATE_LIMIT_TOKEN_VERIFICATIONS: '100000',
}

beforeAll(async () => {
  server = await startAuthServer(confirming)
})

afterAll(async () => {
  await server.stop()
})

async function query(text: string, ...values: string[]): Promise<Record<string, unknown>[]> {
  const [rows] = await server.pool.run({ statements: [{ text, values }] })
  return rows?.objects() ?? []
}

async function newestMail(email: string): Promise<{ code: string; link: string }> {
  const [mail] = await query(
    'select html, text from plinth.inbox_messages where recipient = $1 order by created_at desc limit 1',
    email,
  )
  const link = /href="([^"]+)"/.exec(String(mail?.['html']))?.[1]?.replaceAll('&amp;', '&') ?? ''
  return { link, code: /\b\d{6}\b/.exec(String(mail?.['text']))?.[0] ?? '' }
}

async function signUp(email = newEmail()): Promise<string> {
  await server.ask('/signup', { body: { email, password } })
  return email
}

async function verify(body: unknown): Promise<Answer> {
  return server.ask('/verify', { body })
}

describe('a token', () => {
  test('is too old after its time, also when it was never used', async () => {
    const email = await signUp()
    const { code } = await newestMail(email)
    await query(
      `update auth.users set confirmation_sent_at = now() - interval '3601 seconds' where email = $1`,
      email,
    )
    const answer = await verify({ type: 'signup', email, token: code })
    expect([answer.status, answer.body.code]).toEqual([403, 'otp_expired'])
  })

  test('of one kind is none of another', async () => {
    const email = await signUp()
    const { code } = await newestMail(email)
    expect((await verify({ type: 'recovery', email, token: code })).body.code).toBe('otp_expired')
    expect((await verify({ type: 'email_change', email, token: code })).body.code).toBe('otp_expired')
    expect((await verify({ type: 'signup', email, token: code })).status).toBe(200)
  })

  test('of one user is none of another', async () => {
    const [ann, bob] = [await signUp(), await signUp()]
    const { code } = await newestMail(ann)
    expect((await verify({ type: 'signup', email: bob, token: code })).status).toBe(403)
  })

  test('is kept as a hash that nobody can compute from the code', async () => {
    const email = await signUp()
    const { code } = await newestMail(email)
    const [row] = await query(`select token_hash from auth.one_time_tokens where relates_to = $1`, email)
    expect(row?.['token_hash']).toMatch(/^[\da-f]{56}$/)
    expect(
      await query(`select encode(sha224(convert_to($1 || $2, 'UTF8')), 'hex') as hash`, email, code),
    ).not.toEqual([{ hash: row?.['token_hash'] }])
  })

  test('used by fifty at once works once', async () => {
    const email = await signUp()
    const { code } = await newestMail(email)
    const body = { type: 'email', email, token: code }
    const answers = await Promise.all(Array.from({ length: 50 }, async () => verify(body)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(
      await query(
        'select count(*) as n from auth.sessions s join auth.users u on u.id = s.user_id where u.email = $1',
        email,
      ),
    ).toEqual([{ n: 1 }])
  })

  test('cannot be found by trying, from however many addresses', async () => {
    const email = await signUp()
    const codes: string[] = []
    for (let guess = 0; guess < 70; guess++) {
      const headers = { 'x-forwarded-for': `203.0.113.${guess}` }
      const body = { type: 'signup', email, token: `${100_000 + guess}` }
      codes.push((await server.ask('/verify', { body, headers })).body.code)
    }
    expect(codes.filter((code) => code === 'over_request_rate_limit')).toHaveLength(10)
  })

  test('does not let a banned user in', async () => {
    const email = await signUp()
    const { code } = await newestMail(email)
    await query(`update auth.users set banned_until = now() + interval '1 hour' where email = $1`, email)
    const answer = await verify({ type: 'signup', email, token: code })
    expect([answer.status, answer.body.code]).toEqual([403, 'user_banned'])
  })

  test('is void after the password was changed', async () => {
    const email = await signUp()
    await verify({ type: 'signup', email, token: (await newestMail(email)).code })
    await server.ask('/recover', { body: { email } })
    const { code } = await newestMail(email)
    const { body } = await server.ask('/token?grant_type=password', { body: { email, password } })
    await server.ask('/user', { method: 'PUT', token: body.access_token, body: { password: 'another one' } })
    expect((await verify({ type: 'recovery', email, token: code })).status).toBe(403)
  })
})

test.each([
  ['validation_failed', {}],
  ['validation_failed', { type: 'signup' }],
  ['validation_failed', { type: 'signup', token: '123456' }],
  ['validation_failed', { type: 'signup', token: '1', token_hash: '2' }],
  ['validation_failed', { type: 'signup', token_hash: 'x', email: 'a@example.com' }],
  ['validation_failed', { type: 'nonsense', token_hash: 'x' }],
  ['validation_failed', { type: 'signup', token: '123456', email: 'nonsense' }],
  ['otp_expired', { type: 'signup', token_hash: 'x\0' }],
  ['otp_expired', { type: 'signup', token_hash: 'x'.repeat(900_000) }],
  ['otp_expired', { type: 'sms', token: '123456', phone: '4912345678' }],
  ['otp_expired', { type: 'signup', token: `' or true --`, email: 'a@example.com' }],
  ['bad_json', { type: ['signup'], token_hash: 'x' }],
])('%s: %o', async (code, body) => {
  expect((await verify(body)).body.code).toBe(code)
})

describe('often', () => {
  test('the same e-mail is not sent before its time', async () => {
    const slow = await server.beside({
      PLINTH_AUTH_EMAIL_MAX_FREQUENCY: '1m',
      PLINTH_JWT_SECRET: server.keys.project.jwtSecret,
    })
    const email = newEmail()
    const first = await slow.ask('/otp', { body: { email } })
    const second = await slow.ask('/otp', { body: { email } })
    const recover = await slow.ask('/recover', { body: { email } })
    await slow.stop()
    expect([first.status, recover.status]).toEqual([200, 200])
    expect([second.status, second.body.code]).toEqual([429, 'over_email_send_rate_limit'])
    expect(second.body.message).toMatch(
      /^For security purposes, you can only request this after \d+ seconds\.$/,
    )
  })

  test('of twenty at once, one is sent', async () => {
    const slow = await server.beside({ PLINTH_AUTH_EMAIL_MAX_FREQUENCY: '1m' })
    const email = await signUp()
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => slow.ask('/recover', { body: { email } })),
    )
    await slow.stop()
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })
})

describe('PKCE', () => {
  const challenge = 'a'.repeat(43)

  test.each([
    [{ code_challenge: challenge }],
    [{ code_challenge_method: 's256' }],
    [{ code_challenge: 'short', code_challenge_method: 's256' }],
    [{ code_challenge: `${'a'.repeat(42)}!`, code_challenge_method: 's256' }],
    [{ code_challenge: challenge, code_challenge_method: 'none' }],
  ])('is refused with %o', async (given) => {
    for (const path of ['/otp', '/signup', '/recover']) {
      const answer = await server.ask(path, { body: { email: newEmail(), password, ...given } })
      expect([answer.status, answer.body.code]).toEqual([400, 'validation_failed'])
    }
  })

  async function codeFor(method: string): Promise<string> {
    const email = newEmail()
    await server.ask('/otp', { body: { email, code_challenge: challenge, code_challenge_method: method } })
    const { link } = await newestMail(email)
    const { pathname, search } = new URL(link)
    const response = await fetch(`${server.url}${pathname}${search}`, { redirect: 'manual' })
    return new URL(response.headers.get('location') ?? '').searchParams.get('code') ?? ''
  }

  async function exchange(auth_code: string, code_verifier: string): Promise<Answer> {
    return server.ask('/token?grant_type=pkce', { body: { auth_code, code_verifier } })
  }

  test('plain compares as it is, s256 by the hash; a challenge is no verifier', async () => {
    expect((await exchange(await codeFor('plain'), challenge)).status).toBe(200)
    expect((await exchange(await codeFor('S256'), challenge)).body.code).toBe('bad_code_verifier')
  })

  test('a code works once, of fifty at once', async () => {
    const code = await codeFor('plain')
    const answers = await Promise.all(Array.from({ length: 50 }, async () => exchange(code, challenge)))
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      200,
      ...Array.from({ length: 49 }, () => 404),
    ])
  })

  test('a code is too old after five minutes, and a made-up one is none', async () => {
    const code = await codeFor('plain')
    await query(
      `update auth.flow_state set auth_code_issued_at = now() - interval '301 seconds' where auth_code = $1`,
      code,
    )
    const old = await exchange(code, challenge)
    expect([old.status, old.body.code]).toEqual([422, 'flow_state_expired'])
    const unknown = await exchange('00000000-0000-4000-8000-000000000000', challenge)
    expect([unknown.status, unknown.body.code]).toEqual([404, 'flow_state_not_found'])
    expect((await exchange('', '')).body.code).toBe('validation_failed')
  })
})

test('where the current password is asked for, it is needed; not after a recovery', async () => {
  const careful = await server.beside({
    PLINTH_AUTH_REQUIRE_CURRENT_PASSWORD: 'true',
    PLINTH_AUTH_EMAIL_ENABLE_CONFIRMATIONS: 'false',
    PLINTH_JWT_SECRET: server.keys.project.jwtSecret,
  })
  const { body } = await careful.ask('/signup', { body: { email: newEmail(), password } })
  const put = async (change: unknown): Promise<Answer> =>
    careful.ask('/user', { method: 'PUT', token: body.access_token, body: change })
  const codes = [
    (await put({ password: 'a new one' })).body.code,
    (await put({ password: 'a new one', current_password: 'wrong' })).body.code,
    (await put({ password: 'a new one', current_password: password })).status,
  ]
  await query(
    `update auth.mfa_amr_claims set authentication_method = 'recovery' where session_id in
    (select id from auth.sessions where user_id = $1)`,
    body.user.id,
  )
  codes.push((await put({ password: 'the next one' })).status)
  await careful.stop()
  expect(codes).toEqual(['current_password_required', 'current_password_invalid', 200, 200])
})

test('single confirmation: the new address is enough', async () => {
  const single = await server.beside({
    PLINTH_AUTH_EMAIL_DOUBLE_CONFIRM_CHANGES: 'false',
    PLINTH_JWT_SECRET: server.keys.project.jwtSecret,
  })
  const email = await signUp()
  await verify({ type: 'signup', email, token: (await newestMail(email)).code })
  const { body } = await single.ask('/token?grant_type=password', { body: { email, password } })
  const next = newEmail()
  await single.ask('/user', { method: 'PUT', token: body.access_token, body: { email: next } })
  const answer = await single.ask('/verify', {
    body: { type: 'email_change', email: next, token: (await newestMail(next)).code },
  })
  await single.stop()
  expect(answer.body.user).toMatchObject({ email: next })
})

test('what is undone sends nothing', async () => {
  await query(`create function public.refuse_token() returns trigger language plpgsql as
    $$ begin raise exception 'no'; end $$`)
  await query(
    'create trigger refuse after insert on auth.one_time_tokens for each row execute function public.refuse_token()',
  )
  const email = newEmail()
  const answer = await server.ask('/otp', { body: { email } })
  await query('drop trigger refuse on auth.one_time_tokens')
  expect([answer.status, answer.body.code]).toEqual([500, 'unexpected_failure'])
  expect(await query('select 1 from plinth.inbox_messages where recipient = $1', email)).toEqual([])
  expect(await query('select 1 from auth.users where email = $1', email)).toEqual([])
})

/** Sessions through the front door: refreshing, replays, races, signing out. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, type AuthServer, newEmail, startAuthServer } from './test/auth-server.ts'

let server: AuthServer

beforeAll(async () => {
  server = await startAuthServer()
})

afterAll(async () => {
  await server.stop()
})

const password = 'correct horse'

async function newSession(email = newEmail()): Promise<Answer['body']> {
  return (await server.ask('/signup', { body: { email, password } })).body
}

async function refresh(token: unknown): Promise<Answer> {
  return server.ask('/token?grant_type=refresh_token', { body: { refresh_token: token } })
}

async function refused(token: unknown): Promise<string> {
  const { status, body } = await refresh(token)
  return `${status} ${body.code}`
}

async function query(text: string, ...values: string[]): Promise<Record<string, unknown>[]> {
  const [rows] = await server.pool.run({ statements: [{ text, values }] })
  return rows?.objects() ?? []
}

/** Makes the token look as if it had been used so long ago. */
async function age(token: string, seconds: number): Promise<void> {
  await query(
    `update auth.refresh_tokens set updated_at = updated_at - $2::int * interval '1 second' where token = $1`,
    token,
    String(seconds),
  )
}

function sessionId(accessToken: string): unknown {
  const claims: unknown = JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString())
  return typeof claims === 'object' && claims !== null ? Reflect.get(claims, 'session_id') : undefined
}

describe('refresh', () => {
  test('gives a new pair for the same session', async () => {
    const first = await newSession()
    const { status, body } = await refresh(first.refresh_token)
    expect(status).toBe(200)
    expect(body.refresh_token).not.toBe(first.refresh_token)
    expect(sessionId(body.access_token)).toBe(sessionId(first.access_token))
    expect(body.user).toEqual(first.user)
    expect((await server.ask('/user', { token: body.access_token })).status).toBe(200)
    const next = await refresh(body.refresh_token)
    expect(next.status).toBe(200)
  })

  test('of fifty at once with one token, all get the one successor', async () => {
    const { refresh_token: token } = await newSession()
    const answers = await Promise.all(Array.from({ length: 50 }, async () => refresh(token)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    const successors = new Set(answers.map(({ body }) => body.refresh_token))
    expect(successors.size).toBe(1)
    const [successor] = [...successors]
    expect(await refresh(successor)).toMatchObject({ status: 200 })
  })

  test('clients that race through several generations are never logged out', async () => {
    const first = await newSession()
    const client = async (): Promise<number[]> => {
      const statuses: number[] = []
      let token = first.refresh_token
      for (let round = 0; round < 8; round++) {
        const { status, body } = await refresh(token)
        statuses.push(status)
        token = body.refresh_token
      }
      return statuses
    }
    const statuses = await Promise.all(Array.from({ length: 10 }, client))
    expect(new Set(statuses.flat())).toEqual(new Set([200]))
  })

  test('a used token answers with its successor while nobody has used that, however late', async () => {
    const first = await newSession()
    const second = await refresh(first.refresh_token)
    await age(first.refresh_token, 86_400)
    const again = await refresh(first.refresh_token)
    expect([again.status, again.body.refresh_token]).toEqual([200, second.body.refresh_token])
  })

  test('within ten seconds, an older token answers with the one that is active', async () => {
    const first = await newSession()
    const second = await refresh(first.refresh_token)
    const third = await refresh(second.body.refresh_token)
    await age(first.refresh_token, 8)
    const again = await refresh(first.refresh_token)
    expect([again.status, again.body.refresh_token]).toEqual([200, third.body.refresh_token])
  })

  test('later it is a replay, and ends the family', async () => {
    const first = await newSession()
    const second = await refresh(first.refresh_token)
    const third = await refresh(second.body.refresh_token)
    await age(first.refresh_token, 11)
    expect(await refused(first.refresh_token)).toBe('400 refresh_token_already_used')
    expect(await refused(third.body.refresh_token)).toBe('400 refresh_token_already_used')
    expect(await refused(second.body.refresh_token)).toBe('400 refresh_token_already_used')
    const other = await newSession()
    expect((await refresh(other.refresh_token)).status).toBe(200)
  })

  test('with rotation off, a replay is refused and hurts nobody', async () => {
    const lenient = await server.beside({ PLINTH_AUTH_ENABLE_REFRESH_TOKEN_ROTATION: 'false' })
    const first = await newSession()
    const second = await refresh(first.refresh_token)
    const third = await refresh(second.body.refresh_token)
    await age(first.refresh_token, 11)
    const replayed = await lenient.ask('/token?grant_type=refresh_token', {
      body: { refresh_token: first.refresh_token },
    })
    await lenient.stop()
    expect(replayed.body.code).toBe('refresh_token_already_used')
    expect((await refresh(third.body.refresh_token)).status).toBe(200)
  })

  test.each([
    ['400 refresh_token_not_found', 'abcdefghijkl'],
    ['400 refresh_token_not_found', 'A'.repeat(80)],
    ['400 validation_failed', 'short'],
    ['400 validation_failed', 'x'.repeat(256)],
    ['400 validation_failed', `' or true or '`],
    ['400 validation_failed', 'abcdefghijkl\0'],
    ['400 validation_failed', undefined],
    ['400 bad_json', 7],
  ])('%s for %o', async (expected, token) => {
    expect(await refused(token)).toBe(expected)
  })

  test('takes a token that GoTrue gave out', async () => {
    const { refresh_token: ours, access_token: token } = await newSession()
    await query(`update auth.refresh_tokens set token = 'gotrue123456' where token = $1`, ours)
    const { status, body } = await refresh('gotrue123456')
    expect([status, sessionId(body.access_token)]).toEqual([200, sessionId(token)])
  })

  test('a session that is past its end, a banned user, a deleted user', async () => {
    const expired = await newSession()
    await query(`update auth.sessions set not_after = now() where user_id = $1`, expired.user.id)
    expect(await refused(expired.refresh_token)).toBe('400 session_expired')
    const banned = await newSession()
    await query(
      `update auth.users set banned_until = now() + interval '1 hour' where id = $1`,
      banned.user.id,
    )
    expect(await refused(banned.refresh_token)).toBe('400 user_banned')
    expect((await server.ask('/user', { token: banned.access_token })).body.code).toBe('user_banned')
    await query(`update auth.users set banned_until = now() where id = $1`, banned.user.id)
    expect((await refresh(banned.refresh_token)).status).toBe(200)
    const deleted = await newSession()
    await query('delete from auth.users where id = $1', deleted.user.id)
    expect(await refused(deleted.refresh_token)).toBe('400 refresh_token_not_found')
    expect((await server.ask('/user', { token: deleted.access_token })).body.code).toBe('user_not_found')
  })

  test('remembers how and from where', async () => {
    const first = await newSession()
    await server.ask('/token?grant_type=refresh_token', {
      body: { refresh_token: first.refresh_token },
      headers: { 'user-agent': 'a browser', 'x-forwarded-for': '203.0.113.7' },
    })
    const [row] = await query(
      `select user_agent, host(ip) as ip, refreshed_at is not null as refreshed, aal
       from auth.sessions where user_id = $1`,
      first.user.id,
    )
    expect(row).toEqual({ user_agent: 'a browser', ip: '203.0.113.7', refreshed: true, aal: 'aal1' })
  })
})

async function twoSessions(): Promise<[Answer['body'], Answer['body']]> {
  const email = newEmail()
  const one = await newSession(email)
  const two = await server.ask('/token?grant_type=password', { body: { email, password } })
  return [one, two.body]
}

describe('sign out', () => {
  const cases: [scope: string, one: number, two: number][] = [
    ['', 403, 403],
    ['?scope=global', 403, 403],
    ['?scope=local', 403, 200],
    ['?scope=others', 200, 403],
  ]

  test.each(cases)('%s', async (scope, statusOfOne, statusOfTwo) => {
    const [one, two] = await twoSessions()
    const answer = await server.ask(`/logout${scope}`, { method: 'POST', token: one.access_token })
    expect([answer.status, answer.text]).toEqual([204, ''])
    for (const [session, expected] of [
      [one, statusOfOne],
      [two, statusOfTwo],
    ]) {
      expect((await server.ask('/user', { token: session.access_token })).status).toBe(expected)
      expect((await refresh(session.refresh_token)).status).toBe(expected === 200 ? 200 : 400)
    }
  })

  test('an unknown scope, and a token whose session is over', async () => {
    const [one] = await twoSessions()
    const out = async (scope: string): Promise<string> =>
      (await server.ask(`/logout?scope=${scope}`, { method: 'POST', token: one.access_token })).body?.code
    expect(await out('everywhere')).toBe('validation_failed')
    expect(await out('local')).toBeUndefined()
    expect(await out('local')).toBe('session_not_found')
  })
})

describe('too many requests', () => {
  test('are refused per address; proxies on this machine share a larger bound', async () => {
    const strict = await server.beside({ PLINTH_AUTH_RATE_LIMIT_SIGN_IN_SIGN_UPS: '3' })
    const statuses = async (address: string, count: number): Promise<number[]> => {
      const answers: number[] = []
      for (let index = 0; index < count; index++) {
        const asking = {
          body: { email: 'nobody@example.com', password },
          headers: { 'x-forwarded-for': address },
        }
        answers.push((await strict.ask('/token?grant_type=password', asking)).status)
      }
      return answers
    }
    const one = await statuses('203.0.113.1', 4)
    const two = await statuses('203.0.113.2', 1)
    const local = await statuses('127.0.0.1', 61)
    await strict.stop()
    expect(one).toEqual([400, 400, 400, 429])
    expect(two).toEqual([400])
    expect(local.slice(-2)).toEqual([400, 429])
  })

  test('for passwords that wait to be hashed are refused', async () => {
    const slow = await server.beside({
      PLINTH_AUTH_HASH_MEMORY_KIB: '65536',
      PLINTH_AUTH_HASH_CONCURRENCY: '1',
      PLINTH_AUTH_HASH_QUEUE_MAX: '2',
    })
    const body = { email: 'nobody@example.com', password }
    const answers = await Promise.all(
      Array.from({ length: 8 }, async () => slow.ask('/token?grant_type=password', { body })),
    )
    const later = await slow.ask('/token?grant_type=password', { body })
    await slow.stop()
    const codes = answers.map((answer) => answer.body.code)
    expect(codes).toContain('over_request_rate_limit')
    expect(codes.filter((code) => code === 'invalid_credentials').length).toBeGreaterThanOrEqual(3)
    expect(later.body.code).toBe('invalid_credentials')
  })
})

describe('settings', () => {
  test('sign-ups off', async () => {
    const closed = await server.beside({ PLINTH_AUTH_ENABLE_SIGNUP: 'false' })
    const answer = await closed.ask('/signup', { body: { email: newEmail(), password } })
    await closed.stop()
    expect([answer.status, answer.body.code]).toEqual([422, 'signup_disabled'])
  })

  test('e-mail off, anonymous off', async () => {
    const closed = await server.beside({ PLINTH_AUTH_EMAIL_ENABLE_SIGNUP: 'false' })
    const body = { email: newEmail(), password }
    const up = await closed.ask('/signup', { body })
    const signIn = await closed.ask('/token?grant_type=password', { body })
    const anonymous = await closed.ask('/signup', { body: {} })
    await closed.stop()
    expect([up.status, up.body.code]).toEqual([400, 'email_provider_disabled'])
    expect([signIn.status, signIn.body.code]).toEqual([422, 'email_provider_disabled'])
    expect([anonymous.status, anonymous.body.code]).toEqual([422, 'anonymous_provider_disabled'])
  })

  test('with confirmations, a sign-up gives no session, and does not tell who has an account', async () => {
    const careful = await server.beside({
      PLINTH_AUTH_EMAIL_ENABLE_CONFIRMATIONS: 'true',
      PLINTH_AUTH_EMAIL_MAX_FREQUENCY: '0s',
    })
    const taken = { email: newEmail(), password }
    await server.ask('/signup', { body: taken })
    const body = { email: newEmail(), password }
    const answer = await careful.ask('/signup', { body })
    const again = await careful.ask('/signup', { body: taken })
    const signIn = await careful.ask('/token?grant_type=password', { body })
    await careful.stop()
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ email: body.email, identities: [{ provider: 'email' }] })
    expect(answer.body).not.toHaveProperty('access_token')
    expect(again).toMatchObject({ status: 200, body: { email: taken.email, identities: [] } })
    expect([signIn.status, signIn.body.code]).toEqual([400, 'email_not_confirmed'])
  })

  test('the life of a token, and who issued it', async () => {
    const other = await server.beside({
      PLINTH_AUTH_JWT_EXPIRY: '60',
      PLINTH_EXTERNAL_URL: 'https://api.example.com/',
    })
    const { body } = await other.ask('/signup', { body: { email: newEmail(), password } })
    await other.stop()
    expect(body.expires_in).toBe(60)
    const payload = Buffer.from(body.access_token.split('.')[1], 'base64url').toString()
    expect(JSON.parse(payload)).toMatchObject({ iss: 'https://api.example.com/auth/v1' })
  })
})

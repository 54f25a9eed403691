/** Accounts by e-mail, with an unmodified supabase-js: every link and code goes through the inbox. */
import path from 'node:path'
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { follow, fragmentOf, listMail, takeMail } from '../mail-inbox.ts'
import { startServer, type TestServer } from '../start-server.ts'

let server: TestServer
let service: SupabaseClient
let emails = 0
const password = 'a long enough password'

beforeAll(async () => {
  server = await startServer({
    project: path.join(import.meta.dirname, 'mail'),
    env: { PLINTH_AUTH_ENABLE_MANUAL_LINKING: 'true' },
  })
  service = client(server.serviceRoleKey)
})

afterAll(async () => {
  await server.stop()
})

function client(key = server.anonKey, flowType: 'implicit' | 'pkce' = 'implicit'): SupabaseClient {
  const kept = new Map<string, string>()
  const storage = {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  }
  return createClient(server.apiUrl, key, {
    auth: { flowType, storage, persistSession: true, autoRefreshToken: false, detectSessionInUrl: false },
  })
}

function newEmail(): string {
  return `mail${++emails}@example.com`
}

async function mailTo(address: string) {
  return takeMail(server.apiUrl, address)
}

async function confirmedUser(): Promise<{ app: SupabaseClient; email: string; id: string }> {
  const email = newEmail()
  await service.auth.admin.createUser({ email, password, email_confirm: true })
  const app = client()
  const { data, error } = await app.auth.signInWithPassword({ email, password })
  if (error !== null) throw error
  return { app, email, id: data.user.id }
}

describe('a sign-up', () => {
  test('is confirmed by the link, which brings a session to the site', async () => {
    const email = newEmail()
    const app = client()
    const { data, error } = await app.auth.signUp({ email, password, options: { data: { name: 'Ann' } } })
    expect([error, data.session, data.user?.email]).toEqual([null, null, email])
    expect(data.user?.confirmation_sent_at).toBeDefined()
    expect((await app.auth.signInWithPassword({ email, password })).error?.code).toBe('email_not_confirmed')
    const mail = await mailTo(email)
    expect(mail.subject).toBe('Confirm your e-mail address')
    const target = await follow(mail.link)
    expect(target.origin).toBe('http://localhost:3000')
    const session = fragmentOf(target)
    expect(session).toMatchObject({ type: 'signup', token_type: 'bearer', expires_in: '3600', sb: '' })
    const { data: set } = await app.auth.setSession({
      access_token: session['access_token'] ?? '',
      refresh_token: session['refresh_token'] ?? '',
    })
    expect(set.user?.email_confirmed_at).toBeDefined()
    expect(set.user?.user_metadata).toMatchObject({ name: 'Ann', email_verified: true })
    expect(set.user?.identities?.[0]?.identity_data).toMatchObject({ email_verified: true })
    expect((await client().auth.signInWithPassword({ email, password })).error).toBeNull()
    expect(fragmentOf(await follow(mail.link))).toMatchObject({
      error: 'access_denied',
      error_code: 'otp_expired',
      error_description: 'Email link is invalid or has expired',
    })
  })

  test('is confirmed by the code, once', async () => {
    const email = newEmail()
    await client().auth.signUp({ email, password })
    const { code } = await mailTo(email)
    expect(code).toHaveLength(8)
    const wrong = await client().auth.verifyOtp({ email, token: '00000000', type: 'signup' })
    expect([wrong.error?.status, wrong.error?.code]).toEqual([403, 'otp_expired'])
    const { data, error } = await client().auth.verifyOtp({ email, token: code, type: 'email' })
    expect([error, data.user?.email]).toEqual([null, email])
    expect((await client().auth.verifyOtp({ email, token: code, type: 'email' })).error?.code).toBe(
      'otp_expired',
    )
  })

  test('with an address that is taken tells nothing, and sends nothing', async () => {
    const { email } = await confirmedUser()
    const { data, error } = await client().auth.signUp({ email, password: 'another password' })
    expect([error, data.user?.identities]).toEqual([null, []])
    expect(await listMail(server.apiUrl, email)).toEqual([])
  })

  test('is sent again on request; a later link voids the earlier one', async () => {
    const email = newEmail()
    await client().auth.signUp({ email, password })
    const first = await mailTo(email)
    expect((await client().auth.resend({ type: 'signup', email })).error).toBeNull()
    const second = await mailTo(email)
    expect(fragmentOf(await follow(first.link))['error_code']).toBe('otp_expired')
    expect(fragmentOf(await follow(second.link))['access_token']).toBeDefined()
    expect((await client().auth.resend({ type: 'signup', email })).error).toBeNull()
    expect((await client().auth.resend({ type: 'signup', email: newEmail() })).error).toBeNull()
    expect(await listMail(server.apiUrl, email)).toEqual([])
  })

  test('in the PKCE flow comes back with a code that only the beginner can use, once', async () => {
    const email = newEmail()
    const app = client(server.anonKey, 'pkce')
    const emailRedirectTo = 'https://a.example.org/welcome?x=1'
    await app.auth.signUp({ email, password, options: { emailRedirectTo } })
    const { link } = await mailTo(email)
    expect(link).toContain('token=pkce_')
    const target = await follow(link)
    expect(`${target.origin}${target.pathname}`).toBe('https://a.example.org/welcome')
    expect(target.searchParams.get('x')).toBe('1')
    const code = target.searchParams.get('code') ?? ''
    const stranger = client(server.anonKey, 'pkce')
    await stranger.auth.signInWithOtp({ email: newEmail() })
    expect((await stranger.auth.exchangeCodeForSession(code)).error?.code).toBe('bad_code_verifier')
    const { data, error } = await app.auth.exchangeCodeForSession(code)
    expect([error, data.user?.email]).toEqual([null, email])
    expect((await app.auth.exchangeCodeForSession(code)).error).not.toBeNull()
  })
})

describe('a magic link', () => {
  test('signs in who has an account, and makes one for who has none', async () => {
    const { email } = await confirmedUser()
    expect((await client().auth.signInWithOtp({ email })).error).toBeNull()
    const mail = await mailTo(email)
    expect(mail.subject).toBe('Your sign-in link')
    expect(fragmentOf(await follow(mail.link))).toMatchObject({ type: 'magiclink' })
    const fresh = newEmail()
    await client().auth.signInWithOtp({ email: fresh, options: { data: { name: 'Bob' } } })
    const { code, subject } = await mailTo(fresh)
    expect(subject).toBe('Confirm your e-mail address')
    const { data } = await client().auth.verifyOtp({ email: fresh, token: code, type: 'email' })
    expect(data.user?.user_metadata).toMatchObject({ name: 'Bob' })
  })

  test('is refused for strangers where no account may be made', async () => {
    const { error } = await client().auth.signInWithOtp({
      email: newEmail(),
      options: { shouldCreateUser: false },
    })
    expect([error?.status, error?.code]).toEqual([422, 'otp_disabled'])
  })

  test('leads only where it may', async () => {
    const { email } = await confirmedUser()
    const leadsTo = async (emailRedirectTo: string): Promise<string> => {
      await client().auth.signInWithOtp({ email, options: { emailRedirectTo } })
      return (await follow((await mailTo(email)).link)).href.split('#')[0] ?? ''
    }
    expect(await leadsTo('https://b.example.org/x/y')).toBe('https://b.example.org/x/y')
    expect(await leadsTo('com.example.app://callback')).toBe('com.example.app://callback')
    expect(await leadsTo('http://localhost:9999/z')).toBe('http://localhost:9999/z')
    expect(await leadsTo('https://evil.com/')).toBe('http://localhost:3000/')
    expect(await leadsTo(String.raw`https://evil.com\.example.org/`)).toBe('http://localhost:3000/')
    const { link } = { link: `${server.apiUrl}/auth/v1/verify?token=x&type=magiclink&redirect_to=//evil.com` }
    expect((await follow(link)).origin).toBe('http://localhost:3000')
  })

  test('is not used up by a scanner that only looks with HEAD', async () => {
    const { email } = await confirmedUser()
    await client().auth.signInWithOtp({ email })
    const { link } = await mailTo(email)
    expect((await fetch(link, { method: 'HEAD', redirect: 'manual' })).status).toBe(405)
    expect(fragmentOf(await follow(link))['access_token']).toBeDefined()
  })

  test('followed by many at once signs in once', async () => {
    const { email } = await confirmedUser()
    await client().auth.signInWithOtp({ email })
    const { link } = await mailTo(email)
    const targets = await Promise.all(Array.from({ length: 20 }, async () => fragmentOf(await follow(link))))
    expect(targets.filter((target) => target['access_token'] !== undefined)).toHaveLength(1)
  })

  test('works by its hash, as pages that confirm for themselves send it', async () => {
    const { email } = await confirmedUser()
    await client().auth.signInWithOtp({ email })
    const token_hash = new URL((await mailTo(email)).link).searchParams.get('token') ?? ''
    const { data, error } = await client().auth.verifyOtp({ token_hash, type: 'magiclink' })
    expect([error, data.user?.email]).toEqual([null, email])
  })
})

describe('a forgotten password', () => {
  test('is set anew by way of a link; who has no account is told the same', async () => {
    const { email } = await confirmedUser()
    expect((await client().auth.resetPasswordForEmail(newEmail())).error).toBeNull()
    const app = client(server.anonKey, 'pkce')
    await app.auth.resetPasswordForEmail(email, { redirectTo: 'http://localhost:3000/reset' })
    const target = await follow((await mailTo(email)).link)
    expect(target.pathname).toBe('/reset')
    const { data, error } = await app.auth.exchangeCodeForSession(target.searchParams.get('code') ?? '')
    expect(error).toBeNull()
    expect(JSON.parse(atob(data.session?.access_token.split('.')[1] ?? '')).amr[0].method).toBe('recovery')
    expect((await app.auth.updateUser({ password: 'a brand new password' })).error).toBeNull()
    expect((await client().auth.signInWithPassword({ email, password })).error).not.toBeNull()
    const again = await client().auth.signInWithPassword({ email, password: 'a brand new password' })
    expect(again.error).toBeNull()
  })
})

describe('a change of address', () => {
  test('is confirmed by both addresses', async () => {
    const { app, email, id } = await confirmedUser()
    const next = newEmail()
    const { data } = await app.auth.updateUser({ email: next })
    expect(data.user).toMatchObject({ email, new_email: next })
    const [old, fresh] = [await mailTo(email), await mailTo(next)]
    expect(old.text).toContain(next)
    expect(fragmentOf(await follow(old.link))['message']).toContain('other email')
    expect((await app.auth.getUser()).data.user?.email).toBe(email)
    expect(fragmentOf(await follow(fresh.link))).toMatchObject({ type: 'email_change' })
    const { data: changed } = await service.auth.admin.getUserById(id)
    expect(changed.user).toMatchObject({ email: next })
    expect(changed.user?.new_email).toBeUndefined()
    expect(changed.user?.identities?.[0]?.identity_data).toMatchObject({ email: next, email_verified: true })
    expect((await client().auth.signInWithPassword({ email: next, password })).error).toBeNull()
  })

  test('works by codes too, and not to an address that is taken', async () => {
    const { app, email } = await confirmedUser()
    const other = await confirmedUser()
    expect((await app.auth.updateUser({ email: other.email })).error?.code).toBe('email_exists')
    const next = newEmail()
    await app.auth.updateUser({ email: next })
    const [old, fresh] = [await mailTo(email), await mailTo(next)]
    const type = 'email_change'
    expect((await client().auth.verifyOtp({ email: next, token: fresh.code, type })).data.session).toBeNull()
    const { data } = await client().auth.verifyOtp({ email, token: old.code, type })
    expect(data.user?.email).toBe(next)
  })

  test('turns an anonymous user into an ordinary one', async () => {
    const app = client()
    const { data: anonymous } = await app.auth.signInAnonymously()
    const email = newEmail()
    await app.auth.updateUser({ email })
    expect((await app.auth.getUser()).data.user?.is_anonymous).toBe(true)
    const { code } = await mailTo(email)
    const { data } = await client().auth.verifyOtp({ email, token: code, type: 'email_change' })
    expect(data.user).toMatchObject({ id: anonymous.user?.id, email, is_anonymous: false })
    expect(data.user?.app_metadata).toEqual({ provider: 'email', providers: ['email'] })
  })
})

describe('reauthentication', () => {
  test('lets a password be changed long after the sign-in, by a code that works once', async () => {
    const { app, email, id } = await confirmedUser()
    await age(id)
    expect((await app.auth.updateUser({ password: 'new password 1' })).error?.code).toBe(
      'reauthentication_needed',
    )
    expect((await app.auth.reauthenticate()).error).toBeNull()
    const { code, subject } = await mailTo(email)
    expect(subject).toBe(`${code} is your code`)
    const wrong = await app.auth.updateUser({ password: 'new password 1', nonce: '00000000' })
    expect(wrong.error?.code).toBe('reauthentication_not_valid')
    expect((await app.auth.updateUser({ password: 'new password 1', nonce: code })).error).toBeNull()
    const again = await app.auth.updateUser({ password: 'new password 2', nonce: code })
    expect(again.error?.code).toBe('reauthentication_not_valid')
  })

  async function age(id: string): Promise<void> {
    const { default: pg } = await import('pg')
    const database = new pg.Client(server.dbUrl)
    await database.connect()
    await database.query(
      `update auth.sessions set created_at = now() - interval '2 days' where user_id = $1`,
      [id],
    )
    await database.end()
  }
})

describe('administrators', () => {
  test('invite, with a template of the project', async () => {
    const email = newEmail()
    const { data, error } = await service.auth.admin.inviteUserByEmail(email, {
      data: { team: 'R&D', name: '<Ann>' },
      redirectTo: 'https://a.example.org/in?a=b',
    })
    expect(error).toBeNull()
    expect(data.user?.invited_at).toBeDefined()
    const mail = await mailTo(email)
    expect(mail.subject).toBe('R&D wants you')
    expect(mail.html).toContain('<h1>Hello &lt;Ann&gt;</h1>')
    const link = new URL(mail.link)
    expect(link.searchParams.get('next')).toBe('https://a.example.org/in?a=b')
    const token_hash = link.searchParams.get('token_hash') ?? ''
    const accepted = await client().auth.verifyOtp({ token_hash, type: 'invite' })
    expect(accepted.data.user?.email_confirmed_at).toBeDefined()
    expect((await service.auth.admin.inviteUserByEmail(email)).error?.code).toBe('email_exists')
    expect((await client().auth.admin.inviteUserByEmail(newEmail())).error?.code).toBe('not_admin')
  })

  test.each(['signup', 'magiclink', 'recovery', 'invite'] as const)('get the link of a %s', async (type) => {
    const email = type === 'signup' || type === 'invite' ? newEmail() : (await confirmedUser()).email
    const { data, error } = await service.auth.admin.generateLink({ type, email, password })
    expect(error).toBeNull()
    expect(data.properties).toMatchObject({ verification_type: type, redirect_to: 'http://localhost:3000' })
    expect(data.properties?.action_link).toContain(data.properties?.hashed_token)
    expect(await listMail(server.apiUrl, email)).toEqual([])
    const target = await follow(data.properties?.action_link ?? '')
    expect(fragmentOf(target)).toMatchObject({ type })
    const { data: after } = await service.auth.admin.getUserById(data.user?.id ?? '')
    expect(after.user?.email_confirmed_at).toBeDefined()
  })

  test('get the links of a change of address', async () => {
    const { email, id } = await confirmedUser()
    const newAddress = newEmail()
    const links = ['email_change_current', 'email_change_new'] as const
    for (const type of links) {
      const { data } = await service.auth.admin.generateLink({ type, email, newEmail: newAddress })
      await follow(data.properties?.action_link ?? '')
      if (type === 'email_change_current')
        expect((await service.auth.admin.getUserById(id)).data.user?.email).toBe(email)
    }
    const missing = await service.auth.admin.generateLink({ type: 'recovery', email: newEmail() })
    expect([missing.error?.status, missing.error?.code]).toEqual([404, 'user_not_found'])
  })
})

describe('identities', () => {
  test('the last one cannot be taken away; of two, one can', async () => {
    const { app } = await confirmedUser()
    const { data } = await app.auth.getUserIdentities()
    const [only] = data?.identities ?? []
    if (only === undefined) throw new Error('no identity')
    expect((await app.auth.unlinkIdentity(only)).error?.code).toBe('single_identity_not_deletable')
    const gone = { ...only, identity_id: '00000000-0000-4000-8000-000000000000' }
    const { default: pg } = await import('pg')
    const database = new pg.Client(server.dbUrl)
    await database.connect()
    await database.query(
      `insert into auth.identities (provider_id, user_id, identity_data, provider, created_at)
       values ('gh-' || $1, $1::uuid, '{"email":"gh@example.com","email_verified":true}', 'github', now())`,
      [only.user_id],
    )
    await database.end()
    expect((await app.auth.unlinkIdentity(gone)).error?.code).toBe('identity_not_found')
    expect((await app.auth.unlinkIdentity(only)).error).toBeNull()
    const { data: user } = await app.auth.getUser()
    expect(user.user).toMatchObject({ email: 'gh@example.com', app_metadata: { provider: 'github' } })
    expect(user.user?.identities).toHaveLength(1)
  })
})

test('nothing that signs in is logged', async () => {
  const email = newEmail()
  await client().auth.signInWithOtp({ email })
  const mail = await mailTo(email)
  await follow(mail.link)
  const logs = server.logs()
  for (const secret of [mail.code, new URL(mail.link).searchParams.get('token') ?? '', 'access_token='])
    expect(logs).not.toContain(secret)
})

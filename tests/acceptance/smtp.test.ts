/** E-mail by SMTP, against a real SMTP server: what arrives, what is tried again, and what a crash leaves. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { SMTPServer } from 'smtp-server'
import { afterEach, expect, test } from 'vitest'
import { startServer, type TestServer } from '../start-server.ts'

interface Received {
  readonly from: string
  readonly to: readonly string[]
  readonly raw: string
}

interface Post {
  readonly port: number
  readonly received: readonly Received[]
  readonly users: readonly string[]
  close(): Promise<void>
}

const open: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close()
})

/** `refuse` answers with the error of the next message; undefined takes it. */
async function startPost(port = 0, refuse: () => Error | undefined = () => undefined): Promise<Post> {
  const received: Received[] = []
  const users: string[] = []
  const server = new SMTPServer({
    authOptional: true,
    onAuth: (auth, _session, done) => {
      users.push(`${auth.username}:${auth.password}`)
      done(null, { user: auth.username })
    },
    onData: (stream, session, done) => {
      let raw = ''
      stream.on('data', (chunk: Buffer) => (raw += chunk.toString()))
      stream.on('end', () => {
        const error = refuse()
        if (error === undefined) {
          const { mailFrom, rcptTo } = session.envelope
          received.push({
            from: mailFrom === false ? '' : mailFrom.address,
            to: rcptTo.map((to) => to.address),
            raw,
          })
        }
        done(error)
      })
    },
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const address = server.server.address()
  const close = async () => new Promise<void>((resolve) => server.close(() => resolve()))
  open.push(close)
  return { port: typeof address === 'object' ? (address?.port ?? 0) : 0, received, users, close }
}

async function startSending(port: number, more: Parameters<typeof startServer>[0] = {}): Promise<TestServer> {
  const env = {
    PLINTH_SMTP_HOST: '127.0.0.1',
    PLINTH_SMTP_PORT: String(port),
    PLINTH_SMTP_ADMIN_EMAIL: 'hello@example.com',
    PLINTH_SMTP_SENDER_NAME: 'Ann "A" <x@evil.com>',
    PLINTH_AUTH_EMAIL_MAX_FREQUENCY: '0s',
    ...more.env,
  }
  const server = await startServer({ ...more, env })
  open.push(async () => server.stop().catch(() => undefined))
  return server
}

async function sendOtp(server: TestServer, email: string): Promise<Response> {
  return fetch(`${server.apiUrl}/auth/v1/otp`, {
    method: 'POST',
    headers: { apikey: server.anonKey },
    body: JSON.stringify({ email }),
  })
}

async function until(condition: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 200 && !condition(); attempt++)
    await new Promise((resolve) => {
      setTimeout(resolve, 100)
    })
  expect(condition()).toBe(true)
}

test('an e-mail arrives once, from whom and for whom it should; the inbox is not served', async () => {
  const post = await startPost()
  const server = await startSending(post.port, {
    env: { PLINTH_SMTP_USER: 'u', PLINTH_SMTP_PASSWORD: 'p1x9' },
  })
  const startedAt = performance.now()
  expect((await sendOtp(server, 'ann@example.com')).status).toBe(200)
  await until(() => post.received.length === 1)
  expect(performance.now() - startedAt).toBeLessThan(5000)
  const [mail] = post.received
  expect(mail).toMatchObject({ from: 'hello@example.com', to: ['ann@example.com'] })
  const [head = ''] = mail?.raw.split('\r\n\r\n') ?? []
  expect(head).toMatch(/^From: .*<hello@example\.com>$/m)
  expect(head).toMatch(/^Subject: Your sign-in link$/m)
  expect(head).toMatch(/^Message-ID: <[\da-f]{32}@example\.com>$/m)
  expect(head).toMatch(/^Auto-Submitted: auto-generated$/m)
  expect(mail?.raw).toContain('text/plain')
  expect(post.users).toEqual(['u:p1x9'])
  expect((await fetch(`${server.apiUrl}/inbox/api/v1/messages`)).status).toBe(404)
  expect(server.logs()).not.toContain('p1x9')
  await server.stop()
  expect(post.received).toHaveLength(1)
})

test('nobody gets a header or a recipient in', async () => {
  const post = await startPost()
  const server = await startSending(post.port)
  for (const email of [
    'a@example.com\r\nBcc: b@example.com',
    'a@example.com,b@example.com',
    '"a"<b@example.com>',
    'a@example.com\n.\nQUIT',
  ])
    expect((await sendOtp(server, email)).status).toBe(400)
  const invited = await fetch(`${server.apiUrl}/auth/v1/invite`, {
    method: 'POST',
    headers: { apikey: server.serviceRoleKey },
    body: JSON.stringify({
      email: 'c@example.com',
      data: { name: 'x\r\nBcc: d@example.com\r\n\r\n.\r\nQUIT' },
    }),
  })
  expect(invited.status).toBe(200)
  await until(() => post.received.length === 1)
  expect(post.received[0]).toMatchObject({ to: ['c@example.com'] })
})

test('what the server cannot take now is tried again; what it will never take is given up', async () => {
  const refusals = [
    Object.assign(new Error('busy'), { responseCode: 451 }),
    undefined,
    Object.assign(new Error('no such user bob@example.com'), { responseCode: 550 }),
  ]
  const post = await startPost(0, () => refusals.shift())
  const server = await startSending(post.port)
  await sendOtp(server, 'ann@example.com')
  await until(() => post.received.length === 1)
  await sendOtp(server, 'bob@example.com')
  await until(() => server.logs().includes('gave e-mail'))
  const logs = server.logs()
  expect(logs).toContain('status 451')
  expect(logs).toContain('status 550')
  expect(logs).not.toMatch(/bob@|ann@/)
  expect(post.received).toHaveLength(1)
})

test('what a killed server had not sent, the next one sends', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'plinth-smtp-'))
  open.push(async () => rm(folder, { recursive: true, force: true }))
  const holding = await startPost()
  await holding.close()
  const dataFolder = path.join(folder, 'data')
  const first = await startSending(holding.port, { dataFolder })
  expect((await sendOtp(first, 'ann@example.com')).status).toBe(200)
  await until(() => first.logs().includes('will try again'))
  await first.kill9()
  const post = await startPost(holding.port)
  await startSending(holding.port, { dataFolder })
  await until(() => post.received.length === 1)
  expect(post.received[0]?.to).toEqual(['ann@example.com'])
})

test('all e-mails together are limited by the hour', async () => {
  const post = await startPost()
  const server = await startSending(post.port, { env: { PLINTH_AUTH_RATE_LIMIT_EMAIL_SENT: '2' } })
  const statuses: number[] = []
  for (const name of ['a', 'b', 'c']) statuses.push((await sendOtp(server, `${name}@example.com`)).status)
  expect(statuses).toEqual([200, 200, 429])
  await until(() => post.received.length === 2)
})

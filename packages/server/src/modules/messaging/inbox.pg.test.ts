/** The inbox of development: Mailpit's API, its bounds, and who may read it. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AuthServer, startAuthServer } from '../auth/test/auth-server.ts'

let server: AuthServer

beforeAll(async () => {
  server = await startAuthServer({ PLINTH_INBOX_MESSAGES_MAX: '3', PLINTH_AUTH_EMAIL_MAX_FREQUENCY: '0s' })
  for (const name of ['ann', 'bob', 'cid', 'dan'])
    await server.ask('/otp', { body: { email: `${name}@example.com`, data: { x: 1 } } })
})

afterAll(async () => {
  await server.stop()
})

async function ask(
  path: string,
  init: RequestInit = {},
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every shape
): Promise<{ status: number; text: string; body: any }> {
  const response = await fetch(`${server.url}/inbox${path}`, init)
  const text = await response.text()
  return { status: response.status, text, body: text.startsWith('{') ? JSON.parse(text) : undefined }
}

async function recipients(query: string): Promise<string[]> {
  const { body } = await ask(`/api/v1/search?query=${encodeURIComponent(query)}`)
  return body.messages.map((message: { To: { Address: string }[] }) => message.To[0]?.Address)
}

test('lists the newest first, in Mailpit’s shape, and forgets the oldest', async () => {
  await expect.poll(async () => (await ask('/api/v1/messages')).body.total).toBe(3)
  const { body } = await ask('/api/v1/messages?limit=1')
  expect(body).toMatchObject({
    total: 3,
    unread: 3,
    count: 1,
    messages_count: 3,
    messages_unread: 3,
    start: 0,
    tags: [],
  })
  expect(body.messages[0]).toEqual({
    ID: expect.stringMatching(/^[\da-f]{32}$/),
    MessageID: expect.any(String),
    Read: false,
    From: { Name: '', Address: 'plinth@localhost' },
    To: [{ Name: '', Address: 'dan@example.com' }],
    Cc: [],
    Bcc: [],
    ReplyTo: [],
    Subject: 'Your sign-in link',
    Created: expect.stringMatching(/^\d{4}-.*Z$/),
    Username: '',
    Tags: [],
    Size: expect.any(Number),
    Attachments: 0,
    Snippet: expect.stringContaining('dan@example.com'),
  })
  expect((await ask('/api/v1/messages?start=2')).body.messages).toHaveLength(1)
})

test.each([
  ['to:bob@example.com', ['bob@example.com']],
  ['to:"bob@example.com"', ['bob@example.com']],
  ['bob', ['bob@example.com']],
  ['-to:bob subject:"sign-in link"', ['dan@example.com', 'cid@example.com']],
  ['to:%', []],
  [`to:' or true --`, []],
  ['from:plinth to:cid', ['cid@example.com']],
  ['is:read', []],
  ['after:2020-01-01 to:cid', ['cid@example.com']],
  ['before:2020-01-01', []],
  ['before:nonsense', []],
  ['tag:x', []],
])('finds %s', async (query, expected) => {
  expect(await recipients(query)).toEqual(expected)
})

test('opens one, which is read from then on; and shows it as a page', async () => {
  const { body } = await ask('/api/v1/message/latest')
  expect(body).toMatchObject({ To: [{ Address: 'dan@example.com' }], Inline: [], Attachments: [] })
  expect(body.HTML).toContain('/auth/v1/verify?token=')
  expect(body.Text).toContain('/auth/v1/verify?token=')
  expect(await recipients('is:read')).toEqual(['dan@example.com'])
  await ask('/api/v1/messages', { method: 'PUT', body: JSON.stringify({ IDs: [body.ID], Read: false }) })
  expect(await recipients('is:read')).toEqual([])
  const page = await ask(`/view/${body.ID}`)
  expect(page.text).toContain('sandbox="allow-popups allow-popups-to-escape-sandbox"')
  expect((await ask('')).text).toContain('cid@example.com')
  expect((await ask('/view/none')).status).toBe(404)
  expect((await ask('/api/v1/message/none')).status).toBe(404)
})

test.each([
  ['a page of another site', { origin: 'https://evil.com' }],
  ['a page of another site that hides where it is', { 'sec-fetch-site': 'cross-site' }],
  ['somebody behind a proxy', { 'x-forwarded-for': '203.0.113.9' }],
])('%s needs the service key', async (_who, headers) => {
  expect((await ask('/api/v1/messages', { headers })).status).toBe(401)
  expect(
    (await ask('/api/v1/messages', { headers: { ...headers, apikey: server.keys.project.anonKey } })).status,
  ).toBe(403)
  const { status } = await ask('/api/v1/messages', {
    headers: { ...headers, apikey: server.keys.project.serviceRoleKey },
  })
  expect(status).toBe(200)
})

test('where others can reach the server, everybody needs it', async () => {
  const beside = await server.beside({ PLINTH_HOST: '0.0.0.0' })
  const plain = await fetch(`${beside.url}/inbox/api/v1/messages`)
  const keyed = await fetch(`${beside.url}/inbox/api/v1/messages`, {
    headers: { apikey: beside.keys.project.serviceRoleKey },
  })
  await beside.stop()
  expect([plain.status, keyed.status]).toEqual([401, 200])
  expect(beside.said.join('\n')).toContain('no e-mail is sent')
})

test('API roles cannot look into it', async () => {
  for (const role of ['anon', 'authenticated', 'service_role', 'supabase_auth_admin']) {
    const reading = server.pool.run({
      scope: { role },
      statements: [{ text: 'select id from plinth.inbox_messages', values: [] }],
    })
    await expect(reading).rejects.toThrow('permission denied')
  }
})

test('a template that cannot be read stops the start, and says where it is wrong', async () => {
  const starting = server.beside({ PLINTH_AUTH_EMAIL_TEMPLATE_INVITE_SUBJECT: '{{ if .A }}' })
  await expect(starting).rejects.toThrow('auth.email.template.invite.subject:1: {{ if .A }} has no {{ end }}')
  const missing = server.beside({ PLINTH_AUTH_EMAIL_TEMPLATE_INVITE_CONTENT_PATH: 'nowhere.html' })
  await expect(missing).rejects.toThrow('nowhere.html:1: there is no such file')
})

test('deletes some, those that match, then all', async () => {
  expect((await ask('/api/v1/messages', { method: 'DELETE', body: '{"IDs":[1]}' })).status).toBe(400)
  expect((await ask('/api/v1/messages', { method: 'DELETE', body: '{' })).status).toBe(400)
  const { body } = await ask('/api/v1/messages')
  await ask('/api/v1/messages', { method: 'DELETE', body: JSON.stringify({ IDs: [body.messages[0].ID] }) })
  expect(await recipients('')).toEqual(['cid@example.com', 'bob@example.com'])
  expect((await ask('/api/v1/search', { method: 'DELETE' })).status).toBe(400)
  expect((await ask('/api/v1/search?query=to:bob', { method: 'DELETE' })).text).toBe('ok')
  expect(await recipients('')).toEqual(['cid@example.com'])
  await ask('/api/v1/messages', { method: 'DELETE' })
  expect(await recipients('')).toEqual([])
})

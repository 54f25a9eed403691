/** The inbox over HTTP: a page for people, and Mailpit's API for end-to-end tests. */
import { Failure } from '../../kernel/failure.ts'
import type { Call, Route, Surface } from '../../kernel/module.ts'
import type { Keys } from '../keys/index.ts'
import { refuseInboxStranger } from './inbox-access.ts'
import { inboxPage } from './inbox-page.ts'
import { parseSearch, type SearchTerm } from './inbox-search.ts'
import type { InboxMessage, InboxPage, InboxStore } from './inbox-store.ts'

interface Inbox {
  readonly store: InboxStore
  readonly keys: Keys
  /** Whether this machine alone can reach the server, so that its programs need no key. */
  readonly isOpenHere: boolean
}

const limitDefault = 50
const limitMax = 1000

export function inboxSurface(inbox: Inbox): Surface {
  return {
    prefix: '/inbox',
    routes: rows.map((row) => routeOf(inbox, row)),
    refuse: ({ wireCode, message, status }) =>
      // Mailpit answers faults as plain text; `Error` is the field that its own clients read.
      Response.json({ Error: message, code: wireCode }, { status }),
  }
}

interface Row {
  readonly on: `${'GET' | 'PUT' | 'DELETE'} /${string}`
  readonly summary: string
  readonly answer: (store: InboxStore, call: Call) => Promise<Response>
}

function routeOf({ store, keys, isOpenHere }: Inbox, { on, summary, answer }: Row): Route {
  const [method = '', path = ''] = on.split(' ')
  return {
    method,
    path: path === '/' ? '' : path,
    access: isOpenHere ? 'open' : 'service',
    summary,
    bodyBytesMax: 1_048_576,
    handle: async (call) => {
      if (isOpenHere) await refuseInboxStranger(call, keys)
      const response = await answer(store, call)
      response.headers.set('cache-control', 'no-store')
      return response
    },
  }
}

const rows: readonly Row[] = [
  { on: 'GET /', summary: 'E-mail of development, for people.', answer: showPage },
  { on: 'GET /view/:id', summary: 'One e-mail, for people.', answer: showPage },
  { on: 'GET /api/v1/messages', summary: 'The newest e-mails.', answer: listMessages },
  { on: 'PUT /api/v1/messages', summary: 'Mark e-mails read or unread.', answer: markMessages },
  { on: 'DELETE /api/v1/messages', summary: 'Delete e-mails; all without IDs.', answer: deleteMessages },
  { on: 'GET /api/v1/message/:id', summary: 'One e-mail; `latest` for the newest.', answer: openMessage },
  { on: 'GET /api/v1/search', summary: 'E-mails that match a query.', answer: listMessages },
  { on: 'DELETE /api/v1/search', summary: 'Delete the e-mails that match a query.', answer: deleteMatching },
]

async function showPage(store: InboxStore, call: Call): Promise<Response> {
  const id = call.params['id']
  const open = id === undefined ? undefined : await store.open(id)
  if (id !== undefined && open === undefined) throw missing(call)
  const page = await store.page({ terms: searchOf(call), start: 0, limit: limitDefault })
  return new Response(inboxPage(page, open), {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'referrer-policy': 'no-referrer',
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; img-src data: https:; frame-ancestors 'none'; base-uri 'none'",
    },
  })
}

async function listMessages(store: InboxStore, call: Call): Promise<Response> {
  const query = call.url.searchParams
  const start = numberIn(query.get('start'), 0)
  const limit = Math.min(numberIn(query.get('limit'), limitDefault), limitMax)
  return Response.json(showList(await store.page({ terms: searchOf(call), start, limit }), start))
}

function searchOf(call: Call): readonly SearchTerm[] {
  return parseSearch(call.url.searchParams.get('query') ?? '')
}

function numberIn(text: string | null, fallback: number): number {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : fallback
}

async function openMessage(store: InboxStore, call: Call): Promise<Response> {
  const message = await store.open(call.params['id'] ?? '')
  if (message === undefined) throw missing(call)
  return Response.json(showMessage(message))
}

function missing(call: Call): Failure {
  return new Failure('route_not_found', { path: call.url.pathname })
}

async function markMessages(store: InboxStore, call: Call): Promise<Response> {
  const body = await readJson(call)
  await store.markRead(idsIn(body), body['Read'] === true)
  return new Response('ok')
}

async function deleteMessages(store: InboxStore, call: Call): Promise<Response> {
  await store.remove(idsIn(await readJson(call)))
  return new Response('ok')
}

async function deleteMatching(store: InboxStore, call: Call): Promise<Response> {
  const terms = searchOf(call)
  if (terms.length === 0) throw new Failure('validation_failed', { message: 'a query is needed' })
  await store.removeMatching(terms)
  return new Response('ok')
}

async function readJson(call: Call): Promise<Readonly<Record<string, unknown>>> {
  const bytes = await call.readBody()
  if (bytes.length === 0) return {}
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    if (typeof value === 'object' && value !== null) return { ...value }
  } catch (cause) {
    throw new Failure('bad_json', { reason: 'it is not JSON' }, { cause })
  }
  throw new Failure('bad_json', { reason: 'it is not an object' })
}

/** Anything but texts would delete everything, so it is refused. */
function idsIn(body: Readonly<Record<string, unknown>>): readonly string[] {
  const ids = body['IDs'] ?? []
  if (Array.isArray(ids) && ids.every((id) => typeof id === 'string' && !id.includes('\0'))) return ids
  throw new Failure('bad_json', { reason: 'IDs must be an array of texts' })
}

function showList(page: InboxPage, start: number): unknown {
  return {
    total: page.total,
    unread: page.unread,
    count: page.messages.length,
    messages_count: page.matching,
    messages_unread: page.matchingUnread,
    start,
    tags: [],
    messages: page.messages.map((message) => ({
      ...envelope(message),
      Read: message.isRead,
      Created: message.createdAt,
      Attachments: 0,
      Snippet: message.text.replaceAll(/\s+/g, ' ').trim(),
    })),
  }
}

function showMessage(message: InboxMessage): unknown {
  return {
    ...envelope(message),
    ReturnPath: message.sender,
    Date: message.createdAt,
    ListUnsubscribe: { Header: '', Links: [], Errors: '', HeaderPost: '' },
    Text: message.text,
    HTML: message.html,
    Inline: [],
    Attachments: [],
  }
}

function envelope({ id, sender, senderName, recipient, subject, size }: InboxMessage) {
  return {
    ID: id,
    MessageID: `${id}@${sender.slice(sender.lastIndexOf('@') + 1)}`,
    From: { Name: senderName, Address: sender },
    To: [{ Name: '', Address: recipient }],
    Cc: [],
    Bcc: [],
    ReplyTo: [],
    Subject: subject,
    Tags: [],
    Username: '',
    Size: size,
  }
}

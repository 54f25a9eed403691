/** Which form of an answer is chosen. */
import { expect, test } from 'vitest'
import { handlerKey, type Catalog, type MediaHandler } from '../../../db/catalog/index.ts'
import { Failure } from '../../../kernel/failure.ts'
import { parseRequest } from '../request/request.ts'
import { callOf, options } from '../test/call.ts'
import { catalog as plain } from '../test/catalog.ts'
import { negotiate } from './negotiate.ts'

function handler(name: string, contentType: string): MediaHandler {
  return {
    call: { schema: 'public', name },
    isAggregate: true,
    rowType: undefined,
    contentType,
    isBinary: false,
  }
}

const clients = { schema: 'public', name: 'clients' }
const catalog: Catalog = {
  ...plain,
  mediaHandlers: new Map([
    [handlerKey(clients, 'text/tsv'), handler('tsv', 'text/tsv')],
    [handlerKey(undefined, 'text/csv'), handler('any_csv', 'text/csv')],
    [handlerKey({ schema: 'public', name: 'users' }, '*/*'), handler('any', 'application/octet-stream')],
  ]),
}

async function chosen(path: string, accept: string, hasPlans = true): Promise<string> {
  const words = await parseRequest(
    callOf(path, { headers: { accept } }),
    { kind: 'read', table: path.slice(1).split('?')[0] ?? '' },
    options,
  )
  try {
    const { form, contentType, handler: found, explain } = negotiate(words, catalog, hasPlans)
    return [explain?.format, found?.call.name ?? form, contentType]
      .filter((part) => part !== undefined)
      .join(' ')
  } catch (error) {
    return error instanceof Failure ? error.message : 'bug'
  }
}

const json = 'json application/json; charset=utf-8'
const none = 'None of these media types are available:'

test.each<readonly [path: string, accept: string, expected: string]>([
  ['/clients', '*/*', json],
  ['/clients', 'image/png, application/json', json],
  ['/clients', 'image/png;q=1, text/tsv;q=0.5, application/json;q=0.9', json],
  ['/clients', 'text/tsv', 'tsv text/tsv'],
  ['/clients?select=*', 'text/tsv', 'tsv text/tsv'],
  ['/clients?select=id', 'text/tsv', `${none} text/tsv`],
  ['/clients', 'text/csv', 'any_csv text/csv; charset=utf-8'],
  ['/clients?select=id', 'TEXT/CSV', 'any_csv text/csv; charset=utf-8'],
  ['/users', 'application/json', 'any application/octet-stream'],
  ['/users', 'application/vnd.pgrst.object', 'object application/vnd.pgrst.object+json; charset=utf-8'],
  [
    '/clients',
    'application/vnd.pgrst.array+json;nulls=stripped',
    'json application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8',
  ],
  ['/clients', 'application/vnd.pgrst.array+json', json],
  ['/clients', 'application/geo+json', 'geojson application/geo+json; charset=utf-8'],
  ['/clients', 'undefined', `${none} undefined`],
  [
    '/clients',
    'application/vnd.pgrst.plan',
    'text json application/vnd.pgrst.plan+text; for="application/json"; charset=utf-8',
  ],
  [
    '/clients',
    'application/vnd.pgrst.plan+json; for="text/csv"; options=wal|analyze|nonsense',
    'json any_csv application/vnd.pgrst.plan+json; for="text/csv"; options=analyze|wal; charset=utf-8',
  ],
  [
    '/clients',
    'application/vnd.pgrst.plan; for="image/png"',
    `${none} application/vnd.pgrst.plan+text; for="image/png"`,
  ],
])('%s as %s', async (path, accept, expected) => {
  expect(await chosen(path, accept)).toBe(expected)
})

test('plans are only for those who may see them', async () => {
  expect(await chosen('/clients', 'application/vnd.pgrst.plan+json', false)).toBe(
    `${none} application/vnd.pgrst.plan+json; for="application/json"`,
  )
})

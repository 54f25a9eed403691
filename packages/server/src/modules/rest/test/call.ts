/** Calls as the listener would make them, for tests that need no network. */
import type { Call } from '../../../kernel/module.ts'
import { negotiate } from '../plan/negotiate.ts'
import { parseRequest, type Action, type RequestOptions, type RestRequest } from '../request/request.ts'
import { catalog } from './catalog.ts'

export interface CallInput {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** `path` is what stands behind `/rest/v1`. */
export function callOf(path: string, input: CallInput = {}): Call {
  const { method = 'GET', headers = {}, body = '' } = input
  const url = new URL(`http://localhost/rest/v1${path}`)
  return {
    request: new Request(url, { method, headers }),
    url,
    headers,
    params: {},
    identity: { role: 'anon', claims: {}, claimsJson: '{"role":"anon"}' },
    signal: new AbortController().signal,
    requestId: 'r1',
    identifiedMs: 0,
    clientAddress: '127.0.0.1',
    readBody: async () => new Uint8Array(Buffer.from(body)),
  }
}

export const options: RequestOptions = {
  schemas: ['public'],
  maxRows: 1000,
  mayEndTx: true,
}

const writes = { POST: 'insert', PATCH: 'update', PUT: 'put', DELETE: 'delete' } as const

/** The request that a method and a path make: `/clients?id=eq.1`, `/rpc/add?a=1`. */
export async function requestOf(path: string, input: CallInput = {}): Promise<RestRequest> {
  const call = callOf(path, input)
  const words = await parseRequest(call, actionOf(call), options)
  return { ...words, output: negotiate(words, catalog, true) }
}

function actionOf(call: Call): Action {
  const { method } = call.request
  const [, first = '', second = ''] = decodeURIComponent(call.url.pathname.slice('/rest/v1'.length)).split(
    '/',
  )
  if (first === 'rpc') return { kind: 'call', name: second, isSafe: method !== 'POST' }
  if (method === 'POST' || method === 'PATCH' || method === 'PUT' || method === 'DELETE') {
    return { kind: writes[method], table: first }
  }
  return { kind: 'read', table: first }
}

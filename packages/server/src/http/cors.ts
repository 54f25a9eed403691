/**
 * Cross-origin rules (Fetch standard, CORS protocol). Any origin may call: requests are authorised by what they carry,
 * never by cookies, so an origin adds nothing to what its page can do.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'

const exposedHeaders = [
  'content-encoding',
  'content-location',
  'content-range',
  'content-type',
  'date',
  'etag',
  'link',
  'location',
  'preference-applied',
  'proxy-status',
  'range-unit',
  'server',
  'x-request-id',
  'x-supabase-api-version',
  'x-total-count',
].join(', ')

const preflightSecondsMax = '86400'

/** Adds what a browser needs to hand the answer to a page of another origin. */
export function allowOrigin(incoming: IncomingMessage, outgoing: ServerResponse): void {
  if (incoming.headers.origin === undefined) return
  outgoing.setHeader('access-control-allow-origin', '*')
  outgoing.setHeader('access-control-expose-headers', exposedHeaders)
}

/** The answer to a browser's preflight; undefined when the request is none. */
export function answerPreflight(incoming: IncomingMessage): Response | undefined {
  const { headers, method } = incoming
  const asked = headers['access-control-request-method']
  if (method !== 'OPTIONS' || headers.origin === undefined || asked === undefined) return undefined
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
      'access-control-allow-headers': headers['access-control-request-headers'] ?? '*',
      'access-control-max-age': preflightSecondsMax,
      vary: 'Access-Control-Request-Headers',
    },
  })
}

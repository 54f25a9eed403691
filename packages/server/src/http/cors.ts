/**
 * Cross-origin rules (Fetch standard, CORS protocol). Any origin may call, unless a surface says which: requests are
 * authorised by what they carry, never by cookies, so an origin adds nothing to what its page can do.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CorsRules } from '../kernel/module.ts'

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
export function allowOrigin(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  rules: CorsRules | undefined,
): void {
  const { origin } = incoming.headers
  if (origin === undefined) return
  const origins = rules?.origins() ?? []
  if (origins.length > 0 && !origins.includes(origin)) return
  outgoing.setHeader('access-control-allow-origin', origins.length === 0 ? '*' : origin)
  if (origins.length > 0) outgoing.setHeader('access-control-allow-credentials', 'true')
  outgoing.setHeader('access-control-expose-headers', rules?.exposedHeaders ?? exposedHeaders)
}

/** The answer to a browser's preflight; undefined when the request is none. */
export function answerPreflight(incoming: IncomingMessage): Response | undefined {
  const { headers, method } = incoming
  const asked = headers['access-control-request-method']
  if (method !== 'OPTIONS' || headers.origin === undefined || asked === undefined) return undefined
  const named = (headers['access-control-request-headers'] ?? '').split(',').map((name) => name.trim())
  const allowed = ['Authorization', ...named, 'Accept', 'Accept-Language', 'Content-Language']
  return new Response(null, {
    status: 200,
    headers: {
      'access-control-allow-methods': 'GET, POST, PATCH, PUT, DELETE, OPTIONS, HEAD',
      'access-control-allow-headers': allowed.filter((name) => name !== '').join(', '),
      'access-control-max-age': preflightSecondsMax,
      vary: 'Access-Control-Request-Headers',
    },
  })
}

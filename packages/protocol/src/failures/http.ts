/** Refusals that any surface can answer: what is wrong with the call itself, its key, or our own state. */
import type { FailureRow } from './row.ts'

export const httpFailures = {
  internal: {
    status: 500,
    text: (d: { requestId: string }) => `unexpected failure: see the server's log for request ${d.requestId}`,
  },
  route_not_found: { status: 404, text: (d: { path: string }) => `there is nothing at ${d.path}` },
  method_not_allowed: {
    status: 405,
    text: (d: { method: string; path: string }) => `${d.method} is not allowed at ${d.path}`,
  },
  url_invalid: { status: 400, text: (d: { reason: string }) => `the URL cannot be read: ${d.reason}` },
  body_too_large: {
    status: 413,
    text: (d: { bytesMax: number }) => `the body is larger than ${d.bytesMax} bytes`,
  },
  body_timeout: { status: 408, text: () => `the body did not arrive in time` },
  server_stopping: { status: 503, text: () => `the server is stopping: try again` },
  key_missing: {
    status: 401,
    text: () => `No API key found in request`,
    hint: () => `Send the project's anon or publishable key in the apikey header.`,
  },
  key_invalid: {
    status: 401,
    text: () => `Invalid API key`,
    hint: () => `Copy the key again: "plinth status" prints the keys of this project.`,
  },
  permission_denied: {
    status: 403,
    text: (d: { needs: string }) => `this needs ${d.needs}`,
  },
  database_unavailable: {
    status: 503,
    wire: 'PGRST001',
    text: () => `Database connection error. Retrying the connection.`,
  },
  pool_queue_full: {
    status: 503,
    wire: 'PGRST003',
    text: (d: { queueMax: number }) =>
      `Too many requests are waiting for a database connection (${d.queueMax}).`,
  },
  pool_timeout: {
    status: 504,
    wire: 'PGRST003',
    text: () => `Timed out acquiring connection from connection pool.`,
  },
  client_closed_request: { status: 499, text: () => `the client closed the request` },
} as const satisfies Record<string, FailureRow>

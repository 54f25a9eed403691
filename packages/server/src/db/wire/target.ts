/** Where a `postgresql://` URL leads, as a target to connect to. */
import { isIP } from 'node:net'
import type tls from 'node:tls'
import { parse, type ConnectionOptions } from 'pg-connection-string'
import { Failure } from '../../kernel/failure.ts'
import type { ConnectTarget } from './connect.ts'

/**
 * Refuses with `setting_invalid`, naming `setting`, what is no PostgreSQL URL. TLS follows `sslmode` and its companions,
 * as libpq reads them; without one there is none.
 */
export function targetOf(url: string, setting = 'DATABASE_URL'): ConnectTarget {
  const parsed = parseUrl(url, setting)
  // What is not given stands there as empty text.
  const host = parsed.host || 'localhost'
  const user = parsed.user || 'postgres'
  const { options } = parsed
  return {
    host,
    port: Number(parsed.port || 5432),
    user,
    password: parsed.password ?? '',
    database: parsed.database || user,
    ...secured(parsed, host),
    parameters: { application_name: 'plinth', ...(typeof options === 'string' ? { options } : {}) },
  }
}

function parseUrl(url: string, setting: string): ConnectionOptions {
  const expected = 'a URL such as postgresql://user:password@host:5432/database'
  if (!/^postgres(ql)?:\/\//.test(url))
    throw new Failure('setting_invalid', { setting, got: '(secret)', expected })
  try {
    return parse(url, { useLibpqCompat: true })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Failure('setting_invalid', { setting, got: '(secret)', expected: `${expected} (${reason})` })
  }
}

function secured(
  { ssl, sslmode }: ConnectionOptions,
  host: string,
): Pick<ConnectTarget, 'tls' | 'isTlsOptional'> {
  // A Unix socket leads nowhere that could be listened in on.
  if (ssl === undefined || ssl === false || ssl === 'false' || host.startsWith('/')) return {}
  const { cert, ...given } = typeof ssl === 'object' ? ssl : {}
  // A certificate may be for an address, but TLS asks for names only (RFC 6066).
  const name = isIP(host) === 0 ? { servername: host } : { host }
  const options: tls.ConnectionOptions = { ...name, ...given, ...(cert ? { cert } : {}) }
  const isTlsOptional = sslmode === 'prefer' || sslmode === 'allow'
  return isTlsOptional ? { tls: { ...options, rejectUnauthorized: false }, isTlsOptional } : { tls: options }
}

/** libpq's other way to say it, `host=… user='…'`, as a URL; anything else as it is. */
export function urlOf(text: string): string {
  const pairs = [...text.matchAll(/(\w+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|([^\s']\S*))/g)]
  if (text.includes('://') || pairs.length === 0) return text
  const values = new Map(
    pairs.map(([, name = '', quoted, plain]) => [name, (quoted ?? plain ?? '').replaceAll(/\\(.)/g, '$1')]),
  )
  const url = new URL('postgresql://localhost')
  for (const [name, value] of values) {
    if (name === 'user') url.username = encodeURIComponent(value)
    else if (name === 'password') url.password = encodeURIComponent(value)
    else if (name === 'port') url.port = value
    else if (name === 'host' && !value.startsWith('/')) url.hostname = value
    else if (name === 'dbname') url.pathname = `/${encodeURIComponent(value)}`
    else url.searchParams.set(name, value)
  }
  return url.href
}

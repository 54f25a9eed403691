/** Where a `postgresql://` URL leads, as a target to connect to. */
import type tls from 'node:tls'
import { parse } from 'pg-connection-string'
import { Failure } from '../../kernel/failure.ts'
import type { ConnectTarget } from './connect.ts'

/**
 * Refuses with `setting_invalid`, naming `setting`, what is no PostgreSQL URL. TLS follows `sslmode` and its companions.
 */
export function targetOf(url: string, setting = 'DATABASE_URL'): ConnectTarget {
  const isUrl = /^postgres(ql)?:\/\//.test(url)
  const expected = 'a URL such as postgresql://user:password@host:5432/database'
  if (!isUrl) throw new Failure('setting_invalid', { setting, got: '(secret)', expected })
  const parsed = parse(url, { useLibpqCompat: true })
  const { ssl } = parsed
  const isSecured = ssl !== undefined && ssl !== false && ssl !== 'false'
  const host = parsed.host ?? 'localhost'
  const { cert, ...options } = typeof ssl === 'object' ? ssl : {}
  const secured: tls.ConnectionOptions = { servername: host, ...options, ...(cert ? { cert } : {}) }
  return {
    host,
    // An absent port comes as an empty text.
    port: Number(parsed.port ?? '') || 5432,
    user: parsed.user ?? 'postgres',
    password: parsed.password ?? '',
    database: parsed.database ?? parsed.user ?? 'postgres',
    ...(isSecured ? { tls: secured } : {}),
    parameters: { application_name: 'plinth' },
  }
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

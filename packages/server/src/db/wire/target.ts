/** Where a `postgresql://` URL leads, as a target to connect to. */
import type tls from 'node:tls'
import { parse } from 'pg-connection-string'
import { Failure } from '../../kernel/failure.ts'
import type { ConnectTarget } from './connect.ts'

/** Refuses with `setting_invalid` what is no PostgreSQL URL. TLS follows `sslmode` and its companions. */
export function targetOf(url: string): ConnectTarget {
  const isUrl = /^postgres(ql)?:\/\//.test(url)
  const expected = 'a URL such as postgresql://user:password@host:5432/database'
  if (!isUrl) throw new Failure('setting_invalid', { setting: 'DATABASE_URL', got: '(secret)', expected })
  const parsed = parse(url, { useLibpqCompat: true })
  const { ssl } = parsed
  const isSecured = ssl !== undefined && ssl !== false && ssl !== 'false'
  const host = parsed.host ?? 'localhost'
  const { cert, ...options } = typeof ssl === 'object' ? ssl : {}
  const secured: tls.ConnectionOptions = { servername: host, ...options, ...(cert ? { cert } : {}) }
  return {
    host,
    port: Number(parsed.port ?? 5432),
    user: parsed.user ?? 'postgres',
    password: parsed.password ?? '',
    database: parsed.database ?? parsed.user ?? 'postgres',
    ...(isSecured ? { tls: secured } : {}),
    parameters: { application_name: 'plinth' },
  }
}

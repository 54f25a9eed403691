/** Logging in to real servers: each way that they ask for, with and without TLS, over TCP and Unix sockets. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  hasVersion,
  startThrowawayServer,
  type ThrowawayServer,
  type Version,
} from '../../../test/throwaway-server.ts'
import type { ConnectTarget } from './connect.ts'
import { Pool } from './pool.ts'
import { targetOf } from './target.ts'
import { ask, outcome } from './test/asking.ts'

const versions: readonly Version[] = [18, 15]

/** PostgreSQL hashes and compares the bytes; this one has some that SASLprep would touch. */
const password = `p@ss:wörd%/?#"' ｶ`

const access = [
  'local   all postgres trust',
  'host    all postgres 127.0.0.1/32 trust',
  'host    all scram_user 127.0.0.1/32 scram-sha-256',
  'host    all md5_user   127.0.0.1/32 md5',
  'host    all plain_user 127.0.0.1/32 password',
  'hostssl all tls_user   all scram-sha-256',
  'host    all tls_user   all reject',
]

interface Certificate {
  readonly key: string
  readonly certificate: string
}

/** For the name localhost, signed by itself; undefined where openssl is missing. */
function makeCertificate(): Certificate | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-tls-'))
  const [key, certificate] = [join(folder, 'key'), join(folder, 'certificate')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  try {
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '2',
        ...subject,
        '-keyout',
        key,
        '-out',
        certificate,
      ],
      { stdio: 'ignore' },
    )
    return { key: readFileSync(key, 'utf8'), certificate: readFileSync(certificate, 'utf8') }
  } catch {
    return undefined
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const certificate = makeCertificate()

/** Who one is after logging in, and whether over TLS; or why one may not. */
async function logIn(target: ConnectTarget): Promise<string> {
  const options = { name: 'test', sessionsMax: 2, queueMax: 10, queueMsMax: 5000, observe: () => undefined }
  const pool = new Pool({ ...options, target })
  try {
    const refusal = await outcome(pool.connected(1).then(() => null))
    if (refusal !== 'null') return refusal
    const text = `select current_user || case when ssl then ' by TLS' else '' end
      from pg_stat_ssl where pid = pg_backend_pid()`
    return `${await ask(pool, text)}`
  } finally {
    await pool.close()
  }
}

describe.each(versions.filter(hasVersion))('PostgreSQL %s', (version) => {
  let server: ThrowawayServer

  beforeAll(async () => {
    server = await startThrowawayServer(version, { access })
    const outside = await server.client()
    const quoted = password.replaceAll("'", "''")
    await outside.query(`
      create role plain_user login password '${quoted}'; create role scram_user login password '${quoted}';
      create role open_user login; set password_encryption = md5; create role md5_user login password '${quoted}'`)
  })
  afterAll(async () => server.stop())

  test.each(['scram_user', 'md5_user', 'plain_user'])(
    '%s gets in with the password, and with no other',
    async (user) => {
      expect(await logIn(server.target({ user, password }))).toBe(user)
      expect(await logIn(server.target({ user, password: 'wrong' }))).toBe('28P01')
      expect(await logIn(server.target({ user, password: '' }))).toBe('28P01')
    },
  )

  test('trust asks for nothing; who is not in the list, or which database is not there, is said', async () => {
    expect(await logIn(server.target())).toBe('postgres')
    expect(await logIn(server.target({ user: 'open_user' }))).toBe('28000')
    expect(await logIn(server.target({ database: 'nowhere' }))).toBe('3D000')
  })

  test('a URL leads there too, with all that stands in it', async () => {
    const { port } = server
    const url = new URL(`postgresql://scram_user@127.0.0.1:${port}/postgres`)
    url.password = encodeURIComponent(password)
    expect(await logIn(targetOf(url.href))).toBe('scram_user')
    const withOptions = server.pool(
      {},
      { target: targetOf(`postgresql://postgres@127.0.0.1:${port}/postgres?options=-cwork_mem%3D77kB`) },
    )
    expect(await ask(withOptions, 'show work_mem')).toBe('77kB')
    expect(await ask(withOptions, 'show application_name')).toBe('plinth')
  })

  test('a Unix socket is a folder', async () => {
    const path = encodeURIComponent(server.folder)
    expect(await logIn(targetOf(`postgresql://postgres@${path}:${server.port}/postgres`))).toBe('postgres')
    expect(await logIn(targetOf(`postgresql://postgres@${path}:${server.port + 1}/postgres`))).toMatch(
      'ENOENT',
    )
  })

  test('a server without TLS is refused where it is asked for, and taken where it is preferred', async () => {
    const url = `postgresql://postgres@127.0.0.1:${server.port}/postgres?sslmode=`
    await expect(server.pool({}, { target: targetOf(`${url}require`) }).connected(1)).rejects.toThrow(
      'does not offer TLS',
    )
    expect(await logIn(targetOf(`${url}prefer`))).toBe('postgres')
  })
})

describe.skipIf(certificate === undefined)('TLS', () => {
  let server: ThrowawayServer
  let folder: string

  beforeAll(async () => {
    const { key = '', certificate: signed = '' } = certificate ?? {}
    server = await startThrowawayServer(18, {
      access,
      settings: ['ssl=on'],
      files: { 'server.key': key, 'server.crt': signed },
    })
    const outside = await server.client()
    await outside.query(`create role tls_user login password 'secret'`)
    folder = mkdtempSync(join(tmpdir(), 'plinth-tls-'))
    writeFileSync(join(folder, 'authority'), signed)
  })
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true })
    await server.stop()
  })

  const target = (host: string, query: string): ConnectTarget =>
    targetOf(`postgresql://tls_user:secret@${host}:${server.port}/postgres?${query}`)

  test('require and prefer take any certificate; without TLS there is no getting in', async () => {
    expect(await logIn(target('127.0.0.1', 'sslmode=require'))).toBe('tls_user by TLS')
    expect(await logIn(target('localhost', 'sslmode=prefer'))).toBe('tls_user by TLS')
    expect(await logIn(target('127.0.0.1', 'sslmode=disable'))).toBe('28000')
  })

  test('an authority that nobody knows is refused', async () => {
    expect(await logIn(target('localhost', 'sslmode=verify-full'))).toBe('DEPTH_ZERO_SELF_SIGNED_CERT')
  })

  test('one that is given is trusted, for the names that it vouches for', async () => {
    const given = `sslrootcert=${encodeURIComponent(join(folder, 'authority'))}`
    expect(await logIn(target('localhost', `sslmode=verify-full&${given}`))).toBe('tls_user by TLS')
    expect(await logIn(target('127.0.0.1', `sslmode=verify-full&${given}`))).toBe(
      'ERR_TLS_CERT_ALTNAME_INVALID',
    )
    expect(await logIn(target('127.0.0.1', `sslmode=verify-ca&${given}`))).toBe('tls_user by TLS')
  })

  test('cancelling goes through TLS as well', async () => {
    const pool = server.pool({}, { target: target('localhost', 'sslmode=require'), sessionsMax: 1 })
    onTestFinished(async () => pool.close())
    await pool.connected(1)
    const abort = new AbortController()
    const work = pool.run({ statements: [{ text: 'select pg_sleep(60)', values: [] }], signal: abort.signal })
    setTimeout(() => abort.abort(), 30)
    expect(await outcome(work)).toBe('client_closed_request')
    expect(await ask(pool, 'select 1')).toBe('1')
  })
})

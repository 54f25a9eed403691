/** What a URL means, as libpq reads it. */
import { expect, test } from 'vitest'
import { targetOf, urlOf } from './target.ts'

const tls = { rejectUnauthorized: false }

const cases: readonly (readonly [url: string, expected: object])[] = [
  ['postgresql://', { host: 'localhost', port: 5432, user: 'postgres', database: 'postgres' }],
  ['postgres://ann@db.example.com', { host: 'db.example.com', port: 5432, user: 'ann', database: 'ann' }],
  ['postgresql://u:p%40%3A@h:1/d%20b', { port: 1, password: 'p@:', database: 'd b' }],
  ['postgresql://u@[::1]:5/d', { host: '::1', port: 5 }],
  ['postgresql://u@%2Fvar%2Frun/d', { host: '/var/run', database: 'd' }],
  ['postgresql://u@/d?host=/tmp&sslmode=require', { host: '/tmp', port: 5432 }],
  ['postgresql://u@h/d?sslmode=disable', {}],
  ['postgresql://u@h/d?ssl=false', {}],
  ['postgresql://u@h/d?ssl=true', { tls: { servername: 'h' } }],
  ['postgresql://u@h/d?sslmode=allow', { tls: { servername: 'h', ...tls }, isTlsOptional: true }],
  ['postgresql://u@h/d?sslmode=prefer', { tls: { servername: 'h', ...tls }, isTlsOptional: true }],
  ['postgresql://u@h/d?sslmode=require', { tls: { servername: 'h', ...tls } }],
  ['postgresql://u@h/d?sslmode=verify-full', { tls: { servername: 'h' } }],
  ['postgresql://u@127.0.0.1/d?sslmode=verify-full', { tls: { host: '127.0.0.1' } }],
  ['postgresql://u@h/d?options=-csearch_path%3Dx', { parameters: { options: '-csearch_path=x' } }],
]

test.each(cases)('%s', (url, expected) => {
  const target = targetOf(url)
  expect(target).toMatchObject(expected)
  expect(target.tls).toEqual('tls' in expected ? expected.tls : undefined)
  expect(target.isTlsOptional ?? false).toBe('isTlsOptional' in expected)
  expect(target.parameters?.['application_name']).toBe('plinth')
})

test.each([
  'mysql://u:secret@h/d',
  '/var/run/postgresql',
  'postgresql://u:secret@h:99999/d',
  'postgresql://u:secret@h1:1,h2:2/d',
  'postgresql://u:secret@h/d?sslmode=verify-ca',
  'postgresql://u:secret@h/d?sslmode=verify-full&sslrootcert=/not/there',
])('%s is refused, and its password not repeated', (url) => {
  let refusal: unknown
  try {
    targetOf(url, 'SOME_URL')
  } catch (error) {
    refusal = error
  }
  expect(refusal).toMatchObject({ code: 'setting_invalid', detail: { setting: 'SOME_URL' } })
  expect(`${String(refusal)}${JSON.stringify(refusal)}`).not.toMatch(/:secret@/)
})

test.each([
  ['postgresql://a:b@h:1/d', 'a b h 1 d'],
  ["host=h port=1 user=a password='b c' dbname=d", 'a b c h 1 d'],
  ["host = h user='it\\'s' password=p@ss:w/rd dbname=d", "it's p@ss:w/rd h 5432 d"],
  ['host=/var/run/postgresql user=a dbname=d', 'a  /var/run/postgresql 5432 d'],
])('%s leads to the same as a URL', (text, expected) => {
  const { user, password, host, port, database } = targetOf(urlOf(text))
  expect([user, password, host, port, database].join(' ')).toBe(expected)
})

test('what is neither is refused by the name of its setting', () => {
  expect(() => targetOf(urlOf('h:5432'), 'PGRST_DB_URI')).toThrow('PGRST_DB_URI')
})

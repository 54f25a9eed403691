/** Who a request stands for, by its key and token. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Failure } from '../../kernel/failure.ts'
import { createIdentify } from './identify.ts'
import { signHs256, signWith } from './json-web-token.ts'
import { keyFinder } from './module.ts'
import { derivedKeys } from './project-keys.ts'
import { newSigningKey, signingKeysFrom } from './signing-keys.ts'

const project = derivedKeys('a-secret-of-at-least-thirty-two-characters')
const signing = await signingKeysFrom(newSigningKey(), 'test')
const findKeys = keyFinder(project.jwtSecret, signing)
const nowMs = 1_800_000_000_000

function identifier(isKeyRequired: boolean, now = (): number => nowMs): (request: Request) => string {
  const identify = createIdentify({ project, findKeys, isKeyRequired, now })
  return (asked) => {
    try {
      return identify(asked).role
    } catch (error) {
      if (error instanceof Failure) return error.code
      throw error
    }
  }
}

function request(headers: Record<string, string>, query = ''): Request {
  return new Request(`http://localhost/rest/v1/todos${query}`, { headers })
}

const { anonKey, serviceRoleKey, publishableKey, secretKey } = project
const userToken = signWith(signing.sign, { sub: 'u', role: 'authenticated', exp: nowMs / 1000 + 60 })
const expired = signHs256({ role: 'anon', exp: nowMs / 1000 - 60 }, project.jwtSecret)

test.each([
  ['key_missing', {}, ''],
  ['key_missing', { apikey: '' }, ''],
  ['key_missing', { authorization: 'Basic dXNlcjpwYXNz' }, ''],
  ['anon', { apikey: anonKey }, ''],
  ['service_role', { apikey: serviceRoleKey }, ''],
  ['anon', { apikey: publishableKey }, ''],
  ['service_role', { apikey: secretKey }, ''],
  ['anon', {}, `?apikey=${publishableKey}`],
  ['service_role', {}, `?a=b&apikey=${encodeURIComponent(serviceRoleKey)}`],
  ['anon', { apikey: anonKey, authorization: `Bearer ${anonKey}` }, ''],
  ['anon', { apikey: publishableKey, authorization: `Bearer ${publishableKey}` }, ''],
  ['anon', { apikey: publishableKey, authorization: `Bearer ${secretKey}` }, ''],
  ['authenticated', { apikey: anonKey, authorization: `Bearer ${userToken}` }, ''],
  ['authenticated', { apikey: secretKey, authorization: `bearer ${userToken}` }, ''],
  ['authenticated', { authorization: `Bearer ${userToken}` }, ''],
  ['service_role', { authorization: `Bearer ${secretKey}` }, ''],
  ['key_invalid', { apikey: 'nonsense' }, ''],
  ['key_invalid', { apikey: `${secretKey}x` }, ''],
  ['key_invalid', { apikey: 'nonsense', authorization: `Bearer ${userToken}` }, ''],
  ['key_invalid', { authorization: `Bearer sb_secret_1234567890123456789012_12345678` }, ''],
  ['token_expired', { apikey: expired }, ''],
  ['token_expired', { apikey: anonKey, authorization: `Bearer ${expired}` }, ''],
  ['token_empty', { apikey: anonKey, authorization: 'Bearer' }, ''],
  ['token_malformed', { apikey: anonKey, authorization: 'Bearer nonsense' }, ''],
])('%s for %o %s', (expected, headers, query) => {
  const identify = identifier(true)
  // Twice: the second answer comes from the cache.
  expect(identify(request(headers, query))).toBe(expected)
  expect(identify(request(headers, query))).toBe(expected)
})

test('without a key the role is anon where keys are optional, but a wrong one is still refused', () => {
  const identify = identifier(false)
  expect(identify(request({}))).toBe('anon')
  expect(identify(request({ apikey: 'nonsense' }))).toBe('key_invalid')
})

test('a cached token ends when it expires', () => {
  let now = nowMs
  const identify = identifier(true, () => now)
  const bearer = request({ authorization: `Bearer ${userToken}` })
  expect(identify(bearer)).toBe('authenticated')
  now += 91_000
  expect(identify(bearer)).toBe('token_expired')
})

test.each([[7], [''], [{}], ['a\0b'], [['anon']]])('refuses the role %o', (role) => {
  const token = signHs256({ role }, project.jwtSecret)
  expect(identifier(true)(request({ authorization: `Bearer ${token}` }))).toBe('token_claims_invalid')
})

test('a token without a role is anon, and its claims say so', () => {
  const identify = createIdentify({ project, findKeys, isKeyRequired: true, now: () => nowMs })
  const token = signHs256({ sub: 'u' }, project.jwtSecret)
  const identity = identify(request({ authorization: `Bearer ${token}` }))
  expect(identity.claimsJson).toBe('{"sub":"u","role":"anon"}')
})

test('a very long token is checked, though not kept', () => {
  const token = signHs256({ sub: 'u', role: 'authenticated', filler: 'x'.repeat(5000) }, project.jwtSecret)
  const identify = identifier(true)
  const bearer = request({ authorization: `Bearer ${token}` })
  expect([identify(bearer), identify(bearer)]).toEqual(['authenticated', 'authenticated'])
})

test('the cache stays within its bound and never mixes tokens up', () => {
  const identify = createIdentify({
    project,
    findKeys,
    isKeyRequired: true,
    now: () => nowMs,
    cacheEntriesMax: 8,
  })
  const tokens = Array.from({ length: 30 }, (_, index) => ({
    token: signHs256({ sub: String(index) }, project.jwtSecret),
    sub: String(index),
  }))
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...tokens), { maxLength: 60 }), (asked) => {
      for (const { token, sub } of asked)
        expect(identify(request({ authorization: `Bearer ${token}` })).claims['sub']).toBe(sub)
    }),
    { numRuns: 30 },
  )
})

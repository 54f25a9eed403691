/** Each way in which a token can be wrong has its own refusal, and nothing forged passes. */
import { createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Failure } from '../../kernel/failure.ts'
import { signHs256, signWith, verifyToken } from './json-web-token.ts'
import { keyFinder } from './module.ts'
import { newSigningKey, signingKeysFrom } from './signing-keys.ts'

const secret = 'a-secret-of-at-least-thirty-two-characters'
const now = 1_800_000_000
const signing = await signingKeysFrom(newSigningKey(), 'test')
const other = await signingKeysFrom(newSigningKey(), 'test')
const findKeys = keyFinder(secret, signing)

function part(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
}

function hs256(header: unknown, payload: unknown, key: string = secret): string {
  const content = `${part(header)}.${part(payload)}`
  return `${content}.${createHmac('sha256', key).update(content).digest('base64url')}`
}

function refusal(token: string): string {
  try {
    verifyToken(token, findKeys, now)
    return 'accepted'
  } catch (error) {
    return error instanceof Failure ? error.code : `threw ${String(error)}`
  }
}

const good = { sub: 'x', role: 'authenticated', iat: now, exp: now + 60 }
const header = { alg: 'HS256', typ: 'JWT' }

test('accepts what was signed with the secret or the signing key', () => {
  expect(verifyToken(signHs256(good, secret), findKeys, now)).toEqual(good)
  expect(verifyToken(signWith(signing.sign, good), findKeys, now)).toEqual(good)
})

test('accepts RS256 of a given key', async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid: 'mine' }
  const given = await signingKeysFrom(JSON.stringify([jwk]), 'test')
  const token = signWith(given.sign, good)
  expect(verifyToken(token, keyFinder(secret, given), now)).toEqual(good)
  expect(refusal(token)).toBe('token_key_unknown')
  expect(JSON.stringify(given.published)).not.toContain('"d"')
})

const publicPem = createPublicKey({ key: { ...signing.published[0] }, format: 'jwk' }).export({
  type: 'spki',
  format: 'pem',
})

describe('refuses', () => {
  const kid = signing.sign.kid
  test.each([
    ['token_empty', ''],
    ['token_malformed', 'a'],
    ['token_malformed', 'a.b'],
    ['token_malformed', 'a.b.c.d'],
    ['token_undecodable', '!.!.!'],
    ['token_undecodable', `${part('not json')}.${part(good)}.x`],
    ['token_undecodable', `${part('[1]')}.${part(good)}.x`],
    ['token_undecodable', hs256(header, 'null')],
    ['token_undecodable', hs256(header, Buffer.from([0x7b, 0xff, 0x7d]).toString('latin1'))],
    ['token_undecodable', hs256({ ...header, kid: 7 }, good)],
    ['token_undecodable', hs256({ ...header, crit: ['exp'] }, good)],
    ['token_undecodable', `${part(header)}.${'a'.repeat(40_000)}.x`],
    ['token_algorithm_refused', `${part({ alg: 'none' })}.${part(good)}.`],
    ['token_algorithm_refused', `${part({ alg: 'None' })}.${part(good)}.`],
    ['token_algorithm_refused', hs256({ alg: 'HS512' }, good)],
    ['token_algorithm_refused', hs256({ typ: 'JWT' }, good)],
    ['token_algorithm_refused', `${part({ alg: 'RS256', kid })}.${part(good)}.eA`],
    ['token_key_unknown', signWith(other.sign, good)],
    ['token_key_unknown', `${part({ alg: 'ES256', kid: '../../etc/passwd' })}.${part(good)}.eA`],
    ['token_signature_invalid', signHs256(good, `${secret}x`)],
    ['token_signature_invalid', signWith({ ...other.sign, kid }, good)],
    ['token_signature_invalid', hs256(header, good, publicPem.toString())],
    ['token_signature_invalid', hs256({ ...header, kid }, good, publicPem.toString())],
    ['token_signature_invalid', `${part({ alg: 'ES256', kid })}.${part(good)}.`],
    ['token_signature_invalid', `${signHs256(good, secret)}!`],
    ['token_expired', signHs256({ ...good, exp: now - 30 }, secret)],
    ['token_not_yet_valid', signHs256({ ...good, nbf: now + 31 }, secret)],
    ['token_issued_in_future', signHs256({ ...good, iat: now + 31 }, secret)],
    ['token_claims_invalid', signHs256({ ...good, exp: 'tomorrow' }, secret)],
  ])('%s', (code, token) => {
    expect(refusal(token)).toBe(code)
  })
})

test('allows 30 seconds between clocks', () => {
  expect(refusal(signHs256({ exp: now - 29, nbf: now + 30, iat: now + 30 }, secret))).toBe('accepted')
})

test('no text makes it throw anything but a Failure, or pass', () => {
  const text = fc.oneof(
    fc.string(),
    fc.array(fc.base64String(), { maxLength: 4 }).map((parts) => parts.join('.')),
    fc.tuple(fc.json(), fc.json(), fc.string()).map(([a, b, c]) => `${part(a)}.${part(b)}.${c}`),
    fc.json().map((payload) => `${part(header)}.${part(payload)}.x`),
  )
  fc.assert(
    fc.property(text, (token) => {
      expect(refusal(token)).toMatch(/^token_/)
    }),
  )
})

test('no change of one character of a signed token passes', () => {
  const tokens = [signHs256(good, secret), signWith(signing.sign, good)]
  fc.assert(
    fc.property(
      fc.constantFrom(...tokens),
      fc.nat(),
      fc.integer({ min: 33, max: 126 }),
      (token, at, code) => {
        const index = at % token.length
        const changed = token.slice(0, index) + String.fromCodePoint(code) + token.slice(index + 1)
        fc.pre(changed !== token)
        expect(refusal(changed)).toMatch(/^token_/)
      },
    ),
    { numRuns: 1000 },
  )
})

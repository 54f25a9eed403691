/**
 * Signs and verifies JSON Web Tokens in compact form (RFC 7515, RFC 7519), synchronously: a signature takes less time
 * than the way to a worker thread, where password hashes would be in front of it.
 */
import {
  createHmac,
  sign as signBytes,
  timingSafeEqual,
  verify as verifyBytes,
  type KeyObject,
} from 'node:crypto'
import type { Claims } from '@plinth/protocol'
import { Failure } from '../../kernel/failure.ts'

export type Algorithm = 'HS256' | 'RS256' | 'ES256'

/** A key and the one algorithm that it may be used with, so that no token can choose another for it. */
export interface VerifyKey {
  readonly algorithm: Algorithm
  /** A secret key for HS256, else a public one. */
  readonly key: KeyObject
}

export interface SignKey extends VerifyKey {
  readonly kid: string
}

/** Finds keys by what a token says about itself. An undefined answer means that no key fits. */
export type FindKeys = (algorithm: Algorithm, kid: string | undefined) => readonly VerifyKey[] | undefined

/** How far clocks may differ, in seconds. */
export const clockSkewSeconds = 30
/** Longer ones cannot arrive in a header anyway. */
const tokenCharsMax = 32_768

const base64url = /^[\w-]+$/
const strictUtf8 = new TextDecoder('utf-8', { fatal: true })

export function signHs256(claims: Claims, secret: string): string {
  const content = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`
}

/** Signs with an asymmetric key. */
export function signWith(signKey: SignKey, claims: Claims): string {
  const content = `${encode({ alg: signKey.algorithm, kid: signKey.kid, typ: 'JWT' })}.${encode(claims)}`
  const signature = signBytes('sha256', Buffer.from(content), cryptoKey(signKey))
  return `${content}.${signature.toString('base64url')}`
}

/**
 * The claims of `token`, after its signature and times have been checked; or a `token_…` failure.
 * `nowSeconds` is Unix time.
 */
export function verifyToken(token: string, findKeys: FindKeys, nowSeconds: number): Claims {
  const [header, payload, signature] = split(token)
  const { algorithm, kid } = readHeader(header)
  const keys = findKeys(algorithm, kid)
  if (keys === undefined) throw new Failure('token_key_unknown', {})
  const content = Buffer.from(token.slice(0, header.length + 1 + payload.length))
  const signatureBytes = Buffer.from(signature, 'base64url')
  // Decoding skips what it does not know; only one spelling of a signature may pass.
  const isExact = signatureBytes.toString('base64url') === signature
  if (!isExact || !keys.some((key) => isSignatureOf(content, signatureBytes, key)))
    throw new Failure('token_signature_invalid', {})
  const claims = readObject(payload, 'the claims')
  checkTimes(claims, nowSeconds)
  return claims
}

function split(token: string): [string, string, string] {
  if (token === '') throw new Failure('token_empty', {})
  if (token.length > tokenCharsMax) throw new Failure('token_undecodable', { reason: 'it is too long' })
  const parts = token.split('.')
  const [header, payload, signature] = parts
  if (header === undefined || payload === undefined || signature === undefined || parts.length !== 3)
    throw new Failure('token_malformed', { parts: parts.length })
  return [header, payload, signature]
}

function readHeader(part: string): { algorithm: Algorithm; kid: string | undefined } {
  const header = readObject(part, 'the header')
  const { alg, kid, crit } = header
  if (alg === 'none') throw new Failure('token_algorithm_refused', { isUnsecured: true })
  if (alg !== 'HS256' && alg !== 'RS256' && alg !== 'ES256') throw new Failure('token_algorithm_refused', {})
  if (crit !== undefined)
    throw new Failure('token_undecodable', { reason: 'its crit header is not understood' })
  if (kid !== undefined && typeof kid !== 'string')
    throw new Failure('token_undecodable', { reason: 'its kid is not a text' })
  return { algorithm: alg, kid }
}

function readObject(part: string, what: string): Record<string, unknown> {
  const value = decode(part, what)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw new Failure('token_undecodable', { reason: `${what} are not a JSON object` })
}

function decode(part: string, what: string): unknown {
  if (!base64url.test(part)) throw new Failure('token_undecodable', { reason: `${what} are not base64url` })
  try {
    return JSON.parse(strictUtf8.decode(Buffer.from(part, 'base64url')))
  } catch (cause) {
    throw new Failure('token_undecodable', { reason: `${what} are not JSON` }, { cause })
  }
}

function isSignatureOf(content: Buffer, signature: Buffer, verifyKey: VerifyKey): boolean {
  if (verifyKey.algorithm !== 'HS256') return verifyBytes('sha256', content, cryptoKey(verifyKey), signature)
  const expected = createHmac('sha256', verifyKey.key).update(content).digest()
  return expected.length === signature.length && timingSafeEqual(expected, signature)
}

/** JWS writes an ECDSA signature as two numbers in a row (RFC 7518, 3.4); RSA takes no notice of the encoding. */
function cryptoKey(key: VerifyKey): { key: KeyObject; dsaEncoding: 'ieee-p1363' } {
  return { key: key.key, dsaEncoding: 'ieee-p1363' }
}

function checkTimes(claims: Claims, nowSeconds: number): void {
  const expiresAt = timeClaim(claims, 'exp')
  const notBefore = timeClaim(claims, 'nbf')
  const issuedAt = timeClaim(claims, 'iat')
  if (expiresAt !== undefined && nowSeconds >= expiresAt + clockSkewSeconds)
    throw new Failure('token_expired', {})
  if (notBefore !== undefined && nowSeconds < notBefore - clockSkewSeconds)
    throw new Failure('token_not_yet_valid', {})
  if (issuedAt !== undefined && nowSeconds < issuedAt - clockSkewSeconds)
    throw new Failure('token_issued_in_future', {})
}

function timeClaim(claims: Claims, name: 'exp' | 'nbf' | 'iat'): number | undefined {
  const value = claims[name]
  if (value === undefined || value === null) return undefined
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw new Failure('token_claims_invalid', { reason: `The JWT '${name}' claim must be a number` })
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

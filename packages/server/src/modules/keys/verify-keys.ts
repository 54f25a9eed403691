/** What a `jwt-secret` of PostgREST verifies with: a text, a JWK (RFC 7517), or a set of them. */
import { createPublicKey, createSecretKey, type JsonWebKey } from 'node:crypto'
import type { Algorithm, FindKeys, VerifyKey } from './json-web-token.ts'
import { refuse } from './project-keys.ts'

interface NamedKey extends VerifyKey {
  readonly kid: string | undefined
}

const secretBytesMin = 32
const source = 'PGRST_JWT_SECRET'

/** Refuses with `keys_invalid`. Keys without an id verify tokens of any. */
export function findKeysOf(secret: string, isBase64: boolean): FindKeys {
  const keys = readKeys(secret, isBase64)
  return (algorithm, kid) => {
    const fitting = keys.filter(
      (key) => key.algorithm === algorithm && (kid === undefined || key.kid === undefined || key.kid === kid),
    )
    return fitting.length === 0 ? undefined : fitting
  }
}

function readKeys(secret: string, isBase64: boolean): readonly NamedKey[] {
  const bytes = isBase64 ? decodeBase64(secret) : Buffer.from(secret)
  const jwks = readJwks(bytes.toString('utf8'))
  if (jwks !== undefined) return jwks.flatMap(readJwk)
  if (bytes.length < secretBytesMin) refuse(source, `the secret needs at least ${secretBytesMin} characters`)
  return [{ algorithm: 'HS256', key: createSecretKey(bytes), kid: undefined }]
}

/** In either alphabet; dots may stand for the padding. */
function decodeBase64(text: string): Buffer {
  const plain = text.trim().replaceAll('_', '/').replaceAll('-', '+').replaceAll('.', '=')
  if (!/^[A-Za-z0-9+/]*=*$/.test(plain)) refuse(source, 'it is not base64')
  return Buffer.from(plain, 'base64')
}

function readJwks(text: string): readonly JsonWebKey[] | undefined {
  if (!text.trimStart().startsWith('{')) return undefined
  const value = parseJson(text)
  if (!isObject(value)) return undefined
  const list: unknown = value['keys']
  if (Array.isArray(list)) return list.filter(isObject)
  return typeof value['kty'] === 'string' ? [value] : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** Keys of kinds that we do not verify with are left out: a set may hold such for others. */
function readJwk(jwk: JsonWebKey): readonly NamedKey[] {
  const algorithm = algorithmOf(jwk)
  if (algorithm === undefined) return []
  const kid = typeof jwk['kid'] === 'string' ? jwk['kid'] : undefined
  try {
    const key =
      algorithm === 'HS256'
        ? createSecretKey(Buffer.from(jwk.k ?? '', 'base64url'))
        : createPublicKey({ key: jwk, format: 'jwk' })
    return [{ algorithm, key, kid }]
  } catch {
    return refuse(source, 'a key in it is not valid')
  }
}

function algorithmOf(jwk: JsonWebKey): Algorithm | undefined {
  const algorithm = kindOf(jwk)
  const said: unknown = jwk['alg']
  return said === undefined || said === algorithm ? algorithm : undefined
}

function kindOf(jwk: JsonWebKey): Algorithm | undefined {
  if (jwk.kty === 'oct') return 'HS256'
  if (jwk.kty === 'RSA') return 'RS256'
  return jwk.kty === 'EC' && jwk.crv === 'P-256' ? 'ES256' : undefined
}

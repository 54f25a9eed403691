/** The asymmetric keys: the one that signs, those that verify, and how the public ones are shown. */
import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  type JsonWebKey,
} from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'
import type { Algorithm, SignKey, VerifyKey } from './json-web-token.ts'
import { refuse } from './project-keys.ts'

export interface SigningKeys {
  readonly sign: SignKey
  readonly verify: readonly SignKey[]
  /** The public halves as JWKs. */
  readonly published: readonly Record<string, unknown>[]
}

/** A new private key, as the JSON text that `signingKeysFrom` reads. */
export function newSigningKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return JSON.stringify([{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256' }])
}

/** The text of the file at `path`; a relative one belongs to the project's folder, as in Supabase's config.toml. */
export async function readKeyFile(path: string, project: string): Promise<string> {
  const candidates = ['supabase', 'plinth', '.'].map((folder) => resolve(join(project, folder), path))
  for (const candidate of candidates) {
    const text = await readIfThere(candidate)
    if (text !== undefined) return text
  }
  return refuse(path, 'there is no such file')
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw cause
  }
}

/** Reads an array of private JWKs, or refuses with `keys_invalid`, naming `source`. */
export async function signingKeysFrom(text: string, source: string): Promise<SigningKeys> {
  const keys = await Promise.all(parseArray(text, source).map((jwk) => readKey(jwk, source)))
  const first = keys[0]
  if (first === undefined) return refuse(source, 'it holds no key')
  return {
    sign: first.sign,
    verify: keys.map((key) => key.verify),
    published: keys.map((key) => key.published),
  }
}

function parseArray(text: string, source: string): readonly unknown[] {
  const value = parseJson(text, source)
  return Array.isArray(value) ? value : refuse(source, 'it is not an array of JWKs')
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's message would quote the file, which holds secrets.
    return refuse(source, 'it is not JSON')
  }
}

async function readKey(
  jwk: unknown,
  source: string,
): Promise<{ sign: SignKey; verify: SignKey; published: Record<string, unknown> }> {
  if (!isJwk(jwk)) return refuse(source, 'a key is not a JWK')
  const algorithm = algorithmOf(jwk)
  if (algorithm === undefined) return refuse(source, 'a key is neither RSA nor elliptic-curve P-256')
  const privateKey = importPrivate(jwk, source)
  const publicKey = createPublicKey(privateKey)
  const publicJwk = publicKey.export({ format: 'jwk' })
  const kid = typeof jwk['kid'] === 'string' ? jwk['kid'] : await calculateJwkThumbprint({ ...publicJwk })
  return {
    sign: { algorithm, kid, key: privateKey },
    verify: { algorithm, kid, key: publicKey },
    published: { ...publicJwk, alg: algorithm, ext: true, key_ops: ['verify'], kid, use: 'sig' },
  }
}

function isJwk(value: unknown): value is JsonWebKey {
  return typeof value === 'object' && value !== null && 'kty' in value
}

function algorithmOf(jwk: JsonWebKey): Algorithm | undefined {
  if (jwk.kty === 'RSA') return 'RS256'
  return jwk.kty === 'EC' && jwk.crv === 'P-256' ? 'ES256' : undefined
}

function importPrivate(jwk: JsonWebKey, source: string): ReturnType<typeof createPrivateKey> {
  try {
    return createPrivateKey({ key: jwk, format: 'jwk' })
  } catch {
    return refuse(source, 'a key is not a valid private key')
  }
}

/** The HS256 secret as a key. */
export function secretVerifyKey(secret: string): VerifyKey {
  return { algorithm: 'HS256', key: createSecretKey(secret, 'utf8') }
}

/**
 * Who is asking. The rules are those of Supabase's gateway: a bearer token decides, unless it is a short key; else the
 * API key does. An API key that is sent must be known, whatever else is sent.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Claims, Identity } from '@plinth/protocol'
import { Failure } from '../../kernel/failure.ts'
import type { ProjectKeys } from './index.ts'
import { clockSkewSeconds, type FindKeys, verifyToken } from './json-web-token.ts'
import { TokenCache } from './token-cache.ts'

export interface IdentifyOptions {
  readonly project: ProjectKeys
  readonly findKeys: FindKeys
  /** Without a key the role is `anon` when false. */
  readonly isKeyRequired: boolean
  /** Unix time in milliseconds. */
  readonly now: () => number
  readonly cacheEntriesMax?: number
}

/** About 2 kB each with their claims. */
const cacheEntriesMaxDefault = 10_000
/** Users can fill their tokens with metadata; those that do pay for the check each time, not all with memory. */
const cachedCharsMax = 4096

const anonymous: Identity = identityOf({ role: 'anon' })

export function createIdentify(options: IdentifyOptions): (request: Request) => Identity {
  const { project, findKeys, now } = options
  const cache = new TokenCache(options.cacheEntriesMax ?? cacheEntriesMaxDefault)
  const shortKeys = [
    { digest: digestOf(project.publishableKey), token: project.anonKey },
    { digest: digestOf(project.secretKey), token: project.serviceRoleKey },
  ]

  function identifyToken(token: string): Identity {
    const nowMs = now()
    const known = cache.get(token, nowMs)
    if (known !== undefined) return known
    const identity = identityOf(verifyToken(token, findKeys, nowMs / 1000))
    if (token.length <= cachedCharsMax) cache.set(token, identity, expiryMs(identity.claims))
    return identity
  }

  function identifyKey(key: string): Identity {
    const known = cache.get(key, now())
    if (known !== undefined) return known
    const digest = digestOf(key)
    const short = shortKeys.find((candidate) => timingSafeEqual(candidate.digest, digest))
    if (short === undefined) return identifyLegacyKey(key)
    const identity = identifyToken(short.token)
    cache.set(key, identity, expiryMs(identity.claims))
    return identity
  }

  /** An old key tells more by "expired" than by "unknown"; anything else about it does not matter. */
  function identifyLegacyKey(key: string): Identity {
    try {
      return identifyToken(key)
    } catch (cause) {
      if (cause instanceof Failure && cause.code === 'token_expired') throw cause
      throw new Failure('key_invalid', {}, { cause })
    }
  }

  return (request) => {
    const key = apiKeyOf(request)
    const bearer = bearerOf(request)
    const isShort = bearer?.startsWith('sb_') === true
    if (key === undefined) {
      if (bearer !== undefined) return isShort ? identifyKey(bearer) : identifyToken(bearer)
      if (options.isKeyRequired) throw new Failure('key_missing', {})
      return anonymous
    }
    const keyIdentity = identifyKey(key)
    return bearer === undefined || isShort || bearer === key ? keyIdentity : identifyToken(bearer)
  }
}

function apiKeyOf(request: Request): string | undefined {
  const header = request.headers.get('apikey')
  if (header !== null && header !== '') return header
  // Parsing every URL would cost more than all the rest of a cached answer.
  if (!request.url.includes('apikey=')) return undefined
  const parameter = new URL(request.url).searchParams.get('apikey')
  return parameter === null || parameter === '' ? undefined : parameter
}

/** The token of `Authorization: Bearer …`, which may be empty; undefined when there is no such header. */
function bearerOf(request: Request): string | undefined {
  const header = request.headers.get('authorization')
  const match = header === null ? null : /^bearer(?:\s+(.*))?$/i.exec(header)
  return match === null ? undefined : (match[1] ?? '').trim()
}

function identityOf(claims: Claims): Identity {
  const role = claims['role'] ?? 'anon'
  if (typeof role !== 'string' || role === '' || role.includes('\0'))
    throw new Failure('token_claims_invalid', { reason: `The JWT 'role' claim must be a text` })
  const complete = claims['role'] === role ? claims : { ...claims, role }
  return { role, claims: complete, claimsJson: JSON.stringify(complete) }
}

function expiryMs(claims: Claims): number {
  const expiresAt = claims['exp']
  return typeof expiresAt === 'number' ? (expiresAt + clockSkewSeconds) * 1000 : Number.POSITIVE_INFINITY
}

/** Digests have one length, and comparing them says nothing about the key. */
function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}

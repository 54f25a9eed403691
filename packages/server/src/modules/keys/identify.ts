/**
 * Who is asking. The rules are those of Supabase's gateway: a bearer token decides, unless it is a short key; else the
 * API key does. An API key that is sent must be known, whatever else is sent. Without a project there are no API keys:
 * the bearer token alone decides, as with PostgREST.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Claims, Identity } from '@plinth/protocol'
import { Failure } from '../../kernel/failure.ts'
import { parseClaimPath } from './claim-path.ts'
import type { ProjectKeys } from './index.ts'
import { clockSkewSeconds, type FindKeys, verifyToken } from './json-web-token.ts'
import { TokenCache } from './token-cache.ts'

export interface IdentifyOptions {
  readonly project?: ProjectKeys
  /** undefined where nothing verifies: any token is refused with `token_secret_missing` then. */
  readonly findKeys: FindKeys | undefined
  /** Without a key the role is `anonRole` when false. */
  readonly isKeyRequired: boolean
  /** The role of callers without one; null for none: they are refused with `token_missing`. `anon` where absent. */
  readonly anonRole?: string | null
  /** Tokens that say whom they are for must name this. */
  readonly audience?: string | undefined
  /** Where in the claims the role stands; `$.role` where absent. */
  readonly rolePath?: string
  /** Unix time in milliseconds. */
  readonly now: () => number
  readonly cacheEntriesMax?: number
}

/** About 2 kB each with their claims. */
const cacheEntriesMaxDefault = 10_000
/** Users can fill their tokens with metadata; those that do pay for the check each time, not all with memory. */
const cachedCharsMax = 4096

export function createIdentify(options: IdentifyOptions): (request: Request) => Identity {
  const { project, findKeys, audience, now } = options
  const cache = new TokenCache(options.cacheEntriesMax ?? cacheEntriesMaxDefault)
  const shortKeys = project === undefined ? [] : shortKeysOf(project)
  const { anonRole = 'anon' } = options
  const anonymous = anonRole === null ? undefined : identityOf({ role: anonRole }, anonRole)
  const roleOf = roleReader(options.rolePath ?? '$.role', anonRole)

  function identifyToken(token: string): Identity {
    const nowMs = now()
    const known = cache.get(token, nowMs)
    if (known !== undefined) return known
    if (findKeys === undefined) throw new Failure('token_secret_missing', {})
    const claims = verifyToken(token, findKeys, nowMs / 1000)
    checkAudience(claims, audience)
    const identity = identityOf(claims, roleOf(claims))
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
    const key = project === undefined ? undefined : apiKeyOf(request)
    const bearer = bearerOf(request)
    const isShort = project !== undefined && bearer?.startsWith('sb_') === true
    if (key === undefined) {
      if (bearer !== undefined) return isShort ? identifyKey(bearer) : identifyToken(bearer)
      if (options.isKeyRequired) throw new Failure('key_missing', {})
      if (anonymous === undefined) throw new Failure('token_missing', {})
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

function shortKeysOf(project: ProjectKeys): readonly { readonly digest: Buffer; readonly token: string }[] {
  return [
    { digest: digestOf(project.publishableKey), token: project.anonKey },
    { digest: digestOf(project.secretKey), token: project.serviceRoleKey },
  ]
}

/** Refuses with `setting_invalid` what is no path. */
function roleReader(path: string, anonRole: string | null): (claims: Claims) => unknown {
  const find = parseClaimPath(path)
  if (find === undefined) {
    const expected = 'a JSON path such as $.role'
    throw new Failure('setting_invalid', { setting: 'PGRST_JWT_ROLE_CLAIM_KEY', got: path, expected })
  }
  return (claims) => {
    const role = find(claims) ?? anonRole
    if (role === null) throw new Failure('token_missing', {})
    return role
  }
}

/** A token that names nobody, or an empty list, is for anybody. */
function checkAudience(claims: Claims, audience: string | undefined): void {
  const said = claims['aud']
  if (said === undefined || said === null) return
  const named: readonly unknown[] = Array.isArray(said) ? said : [said]
  if (!named.every((name) => typeof name === 'string'))
    throw new Failure('token_claims_invalid', {
      reason: `The JWT 'aud' claim must be a string or an array of strings`,
    })
  if (audience !== undefined && named.length > 0 && !named.includes(audience))
    throw new Failure('token_audience_refused', {})
}

function identityOf(claims: Claims, role: unknown): Identity {
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

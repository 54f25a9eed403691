/**
 * Where the project's keys come from: given ones first, then the publicly known ones, then keys derived from the
 * secret. All but the secret follow from it, so several nodes that share the secret share the keys.
 */
import { createHash, createHmac } from 'node:crypto'
import { Failure } from '../../kernel/failure.ts'
import type { ProjectKeys } from './index.ts'
import { signHs256 } from './json-web-token.ts'

export type GivenKeys = { readonly [K in keyof ProjectKeys]?: ProjectKeys[K] | undefined }

const jwtSecretCharsMin = 32

/** The values that every local Supabase stack uses; anyone can look them up. */
const demo = {
  jwtSecret: 'super-secret-jwt-token-with-at-least-32-characters-long',
  publishableKey: 'sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH',
  secretKey: 'sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz',
  issuer: 'supabase-demo',
  expiresAt: 1_983_812_996,
} as const

/** 2100-01-01. A key lives as long as its secret; an earlier date would only be a surprise on some far-off day. */
const derivedExpiresAt = 4_102_444_800

/** The publicly known keys; with a secret of one's own, the tokens are signed with that one. */
export function demoKeys(jwtSecret: string = demo.jwtSecret): ProjectKeys {
  const token = (role: string): string =>
    signHs256({ iss: demo.issuer, role, exp: demo.expiresAt }, jwtSecret)
  return {
    jwtSecret,
    anonKey: token('anon'),
    serviceRoleKey: token('service_role'),
    publishableKey: demo.publishableKey,
    secretKey: demo.secretKey,
  }
}

/** True for the secret that anyone can look up. */
export function isDemoSecret(secret: string): boolean {
  return secret === demo.jwtSecret
}

export function derivedKeys(jwtSecret: string): ProjectKeys {
  const token = (role: string): string => signHs256({ iss: 'plinth', role, exp: derivedExpiresAt }, jwtSecret)
  return {
    jwtSecret,
    anonKey: token('anon'),
    serviceRoleKey: token('service_role'),
    publishableKey: shortKey('sb_publishable', jwtSecret),
    secretKey: shortKey('sb_secret', jwtSecret),
  }
}

/** `<prefix>_<22 characters>_<8 characters of checksum>`, as tools that scan for leaked keys expect it. */
function shortKey(prefix: string, jwtSecret: string): string {
  const body = `${prefix}_${createHmac('sha256', jwtSecret).update(prefix).digest('base64url').slice(0, 22)}`
  return `${body}_${createHash('sha256').update(body).digest('base64url').slice(0, 8)}`
}

/** `fallback` with the given keys in place; undefined ones do not count. */
export function withGiven(fallback: ProjectKeys, given: GivenKeys): ProjectKeys {
  return {
    jwtSecret: given.jwtSecret ?? fallback.jwtSecret,
    anonKey: given.anonKey ?? fallback.anonKey,
    serviceRoleKey: given.serviceRoleKey ?? fallback.serviceRoleKey,
    publishableKey: given.publishableKey ?? fallback.publishableKey,
    secretKey: given.secretKey ?? fallback.secretKey,
  }
}

/** Refuses with `keys_invalid` what cannot work; whether the given tokens verify is for the caller to find out. */
export function refuseBadShapes(given: GivenKeys): void {
  const { jwtSecret, publishableKey, secretKey } = given
  if (jwtSecret !== undefined && jwtSecret.length < jwtSecretCharsMin)
    refuse('PLINTH_JWT_SECRET', `the secret needs at least ${jwtSecretCharsMin} characters`)
  if (publishableKey !== undefined && !/^sb_publishable_[\w-]{8,200}$/.test(publishableKey))
    refuse('PLINTH_PUBLISHABLE_KEY', 'it does not look like sb_publishable_…')
  if (secretKey !== undefined && !/^sb_secret_[\w-]{16,200}$/.test(secretKey))
    refuse('PLINTH_SECRET_KEY', 'it does not look like sb_secret_…')
}

export function refuse(source: string, reason: string): never {
  throw new Failure('keys_invalid', { source, reason })
}

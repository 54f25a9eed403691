/** The project's keys: reads, makes or refuses them, and answers who is asking. */
import { randomBytes } from 'node:crypto'
import type { Identity } from '@plinth/protocol'
import type { DataFolder } from '../../kernel/data-folder.ts'
import { Failure } from '../../kernel/failure.ts'
import { defineModule } from '../../kernel/module.ts'
import type { SettingsOf } from '../../kernel/settings.ts'
import { isLoopback } from '../../kernel/shared-settings.ts'
import { createIdentify } from './identify.ts'
import { keysToken, type Keys, type ProjectKeys, type TokenRules } from './index.ts'
import { type FindKeys, signWith, verifyToken } from './json-web-token.ts'
import {
  demoKeys,
  derivedKeys,
  type GivenKeys,
  isDemoSecret,
  refuse,
  refuseBadShapes,
  withGiven,
} from './project-keys.ts'
import { keysSettings } from './settings.ts'
import {
  newSigningKey,
  readKeyFile,
  secretVerifyKey,
  type SigningKeys,
  signingKeysFrom,
} from './signing-keys.ts'
import { findKeysOf } from './verify-keys.ts'

type Settings = SettingsOf<typeof keysSettings>

export const keysModule = defineModule({
  provides: keysToken,
  needs: {},
  settings: keysSettings,
  async start({ settings, dataFolder, observe }) {
    refuseDemoBeyondLoopback(settings)
    const project = await chooseKeys(settings, dataFolder)
    if (!settings.demoKeys && !isLoopback(settings.host) && isDemoSecret(project.jwtSecret))
      observe('warning', {
        message: `the JWT secret is the publicly known one of local Supabase stacks, and ${settings.host} is open to others: set PLINTH_JWT_SECRET`,
      })
    const signing = await chooseSigningKeys(settings, dataFolder)
    const findKeys = keyFinder(project.jwtSecret, signing)
    refuseForeignTokens(settings, findKeys)
    return { api: createKeys({ project, signing, findKeys, isKeyRequired: isKeyRequired(settings) }) }
  },
})

interface KeyMaterial {
  readonly project: ProjectKeys
  readonly signing: SigningKeys
  readonly findKeys: FindKeys
  readonly isKeyRequired: boolean
}

function createKeys(material: KeyMaterial): Keys {
  const { project, signing } = material
  return {
    project,
    identify: createIdentify({ ...material, now: Date.now }),
    identifyBy: (rules) => identifyBy(rules, material),
    sign: async (claims, expiresInSeconds) => {
      const issuedAt = Math.floor(Date.now() / 1000)
      return signWith(signing.sign, { ...claims, iat: issuedAt, exp: issuedAt + expiresInSeconds })
    },
    jwks: () => ({ keys: signing.published }),
  }
}

function identifyBy(rules: TokenRules, material: KeyMaterial): (request: Request) => Identity {
  const { secret, isSecretBase64, isAlone, anonRole = null, ...others } = rules
  const given = secret === undefined ? undefined : findKeysOf(secret, isSecretBase64)
  const shared = { ...others, anonRole, now: Date.now }
  if (isAlone) return createIdentify({ ...shared, findKeys: given, isKeyRequired: false })
  return createIdentify({ ...material, ...shared, findKeys: eitherOf(given, material.findKeys) })
}

/** What is found in both places: keys of one algorithm and id may verify different tokens. */
function eitherOf(given: FindKeys | undefined, own: FindKeys): FindKeys {
  if (given === undefined) return own
  return (algorithm, kid) => {
    const found = given(algorithm, kid)
    const known = own(algorithm, kid)
    return found === undefined || known === undefined ? (found ?? known) : [...found, ...known]
  }
}

/** HS256 has the one secret, whatever `kid` says: hosted projects put one there that nothing else knows. */
export function keyFinder(jwtSecret: string, signing: SigningKeys): FindKeys {
  const secretKeys = [secretVerifyKey(jwtSecret)]
  const byKid = new Map(signing.verify.map((key) => [key.kid, key]))
  return (algorithm, kid) => {
    if (algorithm === 'HS256') return secretKeys
    if (kid === undefined) return signing.verify.filter((key) => key.algorithm === algorithm)
    const key = byKid.get(kid)
    if (key === undefined) return undefined
    if (key.algorithm !== algorithm) throw new Failure('token_algorithm_refused', {})
    return [key]
  }
}

async function chooseKeys(settings: Settings, dataFolder: DataFolder): Promise<ProjectKeys> {
  refuseBadShapes(settings)
  if (settings.demoKeys) return withGiven(demoKeys(settings.jwtSecret), settings)
  const jwtSecret =
    settings.jwtSecret ?? (await dataFolder.secret('jwt_secret', () => randomBytes(48).toString('base64url')))
  return withGiven(derivedKeys(jwtSecret), settings)
}

async function chooseSigningKeys(settings: Settings, dataFolder: DataFolder): Promise<SigningKeys> {
  const { signingKeysPath, project } = settings
  if (signingKeysPath !== undefined)
    return signingKeysFrom(await readKeyFile(signingKeysPath, project), signingKeysPath)
  return signingKeysFrom(await dataFolder.secret('jwt_signing_keys', newSigningKey), 'keys.json')
}

/** A given key that nothing here can verify would fail every request, much later and without a word why. */
function refuseForeignTokens(given: GivenKeys, findKeys: FindKeys): void {
  refuseForeignToken({ source: 'PLINTH_ANON_KEY', token: given.anonKey, role: 'anon' }, findKeys)
  refuseForeignToken(
    { source: 'PLINTH_SERVICE_ROLE_KEY', token: given.serviceRoleKey, role: 'service_role' },
    findKeys,
  )
}

interface GivenToken {
  readonly source: string
  readonly token: string | undefined
  readonly role: string
}

function refuseForeignToken({ source, token, role }: GivenToken, findKeys: FindKeys): void {
  if (token === undefined) return
  const claims = claimsOrRefuse(source, token, findKeys)
  if (claims['role'] !== role) refuse(source, `its role is not ${role}`)
}

function claimsOrRefuse(
  source: string,
  token: string,
  findKeys: FindKeys,
): Readonly<Record<string, unknown>> {
  try {
    return verifyToken(token, findKeys, Date.now() / 1000)
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause
    return refuse(
      source,
      `${cause.message}. It must be signed with PLINTH_JWT_SECRET or a key of PLINTH_SIGNING_KEYS_PATH`,
    )
  }
}

function isKeyRequired(settings: Settings): boolean {
  return settings.keyRequired === 'auto' ? !settings.demoKeys : settings.keyRequired === 'true'
}

function refuseDemoBeyondLoopback(settings: Settings): void {
  if (!settings.demoKeys || isLoopback(settings.host)) return
  throw new Failure('setting_conflict', {
    setting: 'PLINTH_DEMO_KEYS',
    reason: `these keys are public, and ${settings.host} is reachable by others: listen on 127.0.0.1, or leave --demo-keys out`,
  })
}

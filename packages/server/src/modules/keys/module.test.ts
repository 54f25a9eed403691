/** Where the keys come from, through the module as the server starts it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readSettings } from '../../kernel/settings.ts'
import type { Keys } from './index.ts'
import { keysModule } from './module.ts'
import { derivedKeys } from './project-keys.ts'
import { newSigningKey } from './signing-keys.ts'

const warnings: string[] = []
const folders: string[] = []

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'plinth-keys-'))
  folders.push(folder)
  return folder
}

afterAll(async () => {
  await Promise.all(folders.map(async (folder) => rm(folder, { recursive: true })))
})

async function start(env: Record<string, string>, secrets = new Map<string, string>()): Promise<Keys> {
  const running = await keysModule.start({
    settings: readSettings(keysModule.settings, { env, flags: {}, toml: {} }),
    needs: {},
    observe: (kind, detail) => {
      warnings.push(`${kind} ${JSON.stringify(detail)}`)
    },
    dataFolder: {
      path: '/nowhere',
      secret: async (name, create) => {
        const value = secrets.get(name) ?? (await create())
        secrets.set(name, value)
        return value
      },
    },
    signal: new AbortController().signal,
    modules: [],
  })
  return running.api
}

const secret = 'a-secret-of-at-least-thirty-two-characters'

function request(token: string): Request {
  return new Request('http://localhost/', { headers: { apikey: token } })
}

test('random keys belong to the data folder and stay', async () => {
  const secrets = new Map<string, string>()
  const first = await start({}, secrets)
  const again = await start({}, secrets)
  expect(again.project).toEqual(first.project)
  expect(again.jwks()).toEqual(first.jwks())
  const elsewhere = await start({})
  expect(elsewhere.project.jwtSecret).not.toBe(first.project.jwtSecret)
  expect(first.project.jwtSecret.length).toBeGreaterThanOrEqual(64)
})

test('signs tokens that it recognises, with a key that it publishes', async () => {
  const keys = await start({})
  const token = await keys.sign({ sub: 'u', role: 'authenticated' }, 60)
  const identity = await keys.identify(request(token))
  expect(identity.claims).toMatchObject({ sub: 'u', role: 'authenticated' })
  const [published] = keys.jwks().keys
  expect(published).toMatchObject({ alg: 'ES256', kty: 'EC', crv: 'P-256', use: 'sig', key_ops: ['verify'] })
  expect(published).not.toHaveProperty('d')
  const header: unknown = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())
  expect(header).toEqual({ alg: 'ES256', kid: published?.['kid'], typ: 'JWT' })
})

test('given keys are kept', async () => {
  const given = derivedKeys(secret)
  const keys = await start({ PLINTH_JWT_SECRET: secret, PLINTH_ANON_KEY: given.anonKey })
  expect(keys.project).toEqual(given)
})

test.each([
  [{ PLINTH_JWT_SECRET: 'short' }, 'at least 32'],
  [{ PLINTH_ANON_KEY: derivedKeys(secret).anonKey }, 'PLINTH_ANON_KEY'],
  [
    { PLINTH_JWT_SECRET: secret, PLINTH_ANON_KEY: derivedKeys(secret).serviceRoleKey },
    'its role is not anon',
  ],
  [{ PLINTH_JWT_SECRET: secret, PLINTH_SERVICE_ROLE_KEY: 'nonsense' }, 'PLINTH_SERVICE_ROLE_KEY'],
  [{ PLINTH_SIGNING_KEYS_PATH: './not-there.json' }, 'no such file'],
  [{ PLINTH_DEMO_KEYS: 'true', PLINTH_HOST: '0.0.0.0' }, 'PLINTH_DEMO_KEYS'],
  [{ PLINTH_DEMO_KEYS: 'true', PLINTH_HOST: '192.168.1.7' }, 'PLINTH_DEMO_KEYS'],
])('refuses to start with %o', async (env, reason) => {
  await expect(start(env)).rejects.toThrow(reason)
})

test('demo keys need no key in requests, and their tokens verify', async () => {
  const keys = await start({ PLINTH_DEMO_KEYS: 'true' })
  expect((await keys.identify(new Request('http://localhost/'))).role).toBe('anon')
  expect((await keys.identify(request(keys.project.secretKey))).role).toBe('service_role')
  const strict = await start({ PLINTH_DEMO_KEYS: 'true', PLINTH_API_KEY_REQUIRED: 'true' })
  expect(() => strict.identify(new Request('http://localhost/'))).toThrow('No API key')
})

test('the well-known secret on an open address is warned about', async () => {
  await start({
    PLINTH_HOST: '0.0.0.0',
    PLINTH_JWT_SECRET: 'super-secret-jwt-token-with-at-least-32-characters-long',
  })
  expect(warnings.join()).toContain('PLINTH_JWT_SECRET')
})

test('signing keys from a file replace the own one, and the project folder is where it is looked for', async () => {
  const project = await newFolder()
  await writeFile(join(project, 'signing_keys.json'), newSigningKey())
  const env = { PLINTH_PROJECT: project, PLINTH_SIGNING_KEYS_PATH: './signing_keys.json' }
  const one = await start(env)
  const two = await start(env)
  const token = await one.sign({ role: 'anon' }, 60)
  expect((await two.identify(request(token))).role).toBe('anon')
})

test.each([
  '{}',
  '[]',
  'no json',
  '[{"kty":"oct","k":"eA"}]',
  '[{"kty":"EC","crv":"P-256","x":"eA","y":"eA"}]',
])('refuses the signing key file %s without quoting it', async (contents) => {
  const project = await newFolder()
  await writeFile(join(project, 'keys.json'), contents)
  const started = start({ PLINTH_PROJECT: project, PLINTH_SIGNING_KEYS_PATH: 'keys.json' })
  await expect(started).rejects.toMatchObject({ code: 'keys_invalid' })
})

/** Settings: where values come from, what is refused, what a dump shows. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  integer,
  list,
  nearest,
  oneOf,
  readSettings,
  refuseUnknownEnv,
  showSetting,
  text,
  textMap,
  toggle,
} from './settings.ts'

const spec = {
  port: integer({
    env: 'PLINTH_PORT',
    flag: 'port',
    toml: 'api.port',
    min: 1,
    max: 65_535,
    default: 54_321,
    help: '',
  }),
  secret: text({
    env: ['PLINTH_JWT_SECRET', 'JWT_SECRET'],
    toml: 'auth.jwt_secret',
    default: undefined,
    secret: true,
    help: '',
  }),
  level: oneOf({ env: 'PLINTH_LEVEL', values: ['low', 'high'], default: 'low', help: '' }),
  quiet: toggle({ env: 'PLINTH_QUIET', flag: 'quiet', default: false, help: '' }),
  only: list({ env: 'PLINTH_ONLY', toml: 'only', default: ['all'], help: '' }),
}
const none = { flags: {}, env: {}, toml: {} }

describe('readSettings', () => {
  test('takes defaults where nothing is said', () => {
    expect(readSettings(spec, none)).toEqual({
      port: 54_321,
      secret: undefined,
      level: 'low',
      quiet: false,
      only: ['all'],
    })
  })

  test('a flag beats the environment, which beats config.toml, which beats the default', () => {
    const toml = { api: { port: 1 } }
    const env = { PLINTH_PORT: '2' }
    expect(readSettings(spec, { ...none, toml }).port).toBe(1)
    expect(readSettings(spec, { ...none, toml, env }).port).toBe(2)
    expect(readSettings(spec, { flags: { port: '3' }, toml, env }).port).toBe(3)
  })

  test('an empty variable is not set, and a second name serves too', () => {
    expect(readSettings(spec, { ...none, env: { PLINTH_PORT: '' } }).port).toBe(54_321)
    expect(readSettings(spec, { ...none, env: { JWT_SECRET: 'x' } }).secret).toBe('x')
  })

  test('lists come as text or as an array', () => {
    expect(readSettings(spec, { ...none, env: { PLINTH_ONLY: ' rest, auth,' } }).only).toEqual([
      'rest',
      'auth',
    ])
    expect(readSettings(spec, { ...none, toml: { only: ['rest'] } }).only).toEqual(['rest'])
  })

  test.each([
    [
      { ...none, env: { PLINTH_PORT: '70000' } },
      'PLINTH_PORT cannot be "70000": it takes a whole number from 1 to 65535',
    ],
    [{ ...none, env: { PLINTH_PORT: '8080x' } }, 'PLINTH_PORT cannot be "8080x"'],
    [{ ...none, flags: { port: '0' } }, '--port cannot be "0"'],
    [{ ...none, toml: { api: { port: '54321a' } } }, 'api.port cannot be "54321a"'],
    [{ ...none, env: { PLINTH_LEVEL: 'mid' } }, 'it takes one of low, high'],
    [{ ...none, flags: { quiet: 'maybe' } }, '--quiet cannot be "maybe": it takes true or false'],
    [{ ...none, toml: { only: [1] } }, 'only cannot be'],
    [{ ...none, toml: { auth: { jwt_secret: 5 } } }, 'auth.jwt_secret cannot be "(secret)"'],
  ])('refuses by the name of the source: %j', (sources, message) => {
    expect(() => readSettings(spec, sources)).toThrow(message)
  })

  test('what is shown tells where it comes from, and no secret', () => {
    const sources = {
      flags: { port: '80' },
      env: { JWT_SECRET: 'topsecret' },
      toml: { only: ['rest', 'auth'] },
    }
    const shown = Object.values(spec).map((setting) => showSetting(setting, sources))
    expect(shown).toEqual([
      { name: 'PLINTH_PORT', value: '80', from: '--port' },
      { name: 'PLINTH_JWT_SECRET', value: '(secret)', from: 'JWT_SECRET' },
      { name: 'PLINTH_LEVEL', value: 'low', from: 'default' },
      { name: 'PLINTH_QUIET', value: 'false', from: 'default' },
      { name: 'PLINTH_ONLY', value: 'rest,auth', from: 'only' },
    ])
    expect(showSetting(spec.secret, none).value).toBeUndefined()
  })
})

describe('names', () => {
  test('an unknown PLINTH_ variable is refused with the nearest known one; others are none of our business', () => {
    const settings = Object.values(spec)
    expect(() => refuseUnknownEnv(settings, { PLINTH_PROT: '1' })).toThrow('did you mean PLINTH_PORT?')
    expect(() => refuseUnknownEnv(settings, { PLINTH_ZZZZZZZZZZZ: '1' })).toThrow(/PLINTH_ZZZZZZZZZZZ$/)
    expect(() => refuseUnknownEnv(settings, { PATH: '/bin', PLINTH_PORT: '1' })).not.toThrow()
  })

  test('the nearest name is one of the candidates, and a name is nearest to itself', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), fc.nat(), (names, index) => {
        const name = names[index % names.length] ?? ''
        expect(nearest(name, names)).toBe(name)
        const other = nearest(`${name}x`, names)
        expect(other === undefined || names.includes(other)).toBe(true)
      }),
    )
  })
})

test('a map takes one variable per name, or a table', () => {
  const names = { names: textMap({ envPrefix: 'APP_', toml: 'api.names', help: '' }) }
  const read = (env: Record<string, string>, toml = {}): unknown =>
    readSettings(names, { env, flags: {}, toml }).names
  expect(read({})).toBeUndefined()
  expect(read({ APP_a: '1', APP_B: 'two', OTHER: 'x' })).toEqual({ a: '1', B: 'two' })
  expect(read({}, { api: { names: { c: 3 } } })).toEqual({ c: '3' })
  expect(() => read({}, { api: { names: [1] } })).toThrow('names with texts')
})

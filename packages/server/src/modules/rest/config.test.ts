/** Which settings are in force. */
import { expect, test } from 'vitest'
import { readSettings } from '../../kernel/settings.ts'
import { configOf, namesInDatabase, type RestSettings, withDatabaseSettings } from './config.ts'
import { restSettings } from './settings.ts'

function given(env: Readonly<Record<string, string>> = {}): RestSettings {
  return readSettings(restSettings, { env, flags: {}, toml: {} })
}

test('defaults are those of Supabase, or of PostgREST over a database of its own', () => {
  expect(configOf(given())).toMatchObject({
    schemas: ['public', 'graphql_public'],
    extraSearchPath: ['public', 'extensions'],
    maxRows: 1000,
    anonRole: 'anon',
    isAlone: false,
    path: '/rest/v1',
  })
  expect(configOf(given({ PGRST_DB_URI: 'postgresql://x' }))).toMatchObject({
    schemas: ['public'],
    extraSearchPath: ['public'],
    maxRows: undefined,
    anonRole: undefined,
    isAlone: true,
  })
})

test.each([
  ['/', '/'],
  ['', '/rest/v1'],
  ['api/', '/api'],
  ['//a//b', '/a/b'],
])('the path %s', (path, expected) => {
  expect(configOf(given({ PLINTH_REST_PATH: path })).path).toBe(expected)
})

test('the database lays its own over them', () => {
  const { settings, refused } = withDatabaseSettings(given({ PGRST_DB_SCHEMAS: 'a', PGRST_JWT_AUD: 'x' }), [
    ['db_schemas', 'b, c'],
    ['db_max_rows', '7'],
    ['db_tx_end', 'never'],
    ['jwt_aud', ''],
    ['db_uri', 'postgresql://elsewhere'],
  ])
  expect(configOf(settings)).toMatchObject({
    schemas: ['b', 'c'],
    maxRows: 7,
    txEnd: 'commit',
    jwtAudience: undefined,
  })
  expect(settings.givenDatabase).toBeUndefined()
  expect(refused).toEqual(['db_tx_end'])
})

test('it may not say where it is, or what the server listens on', () => {
  expect(namesInDatabase).toContain('db_pre_request')
  expect(namesInDatabase).not.toContain('db_uri')
  expect(namesInDatabase).not.toContain('')
})

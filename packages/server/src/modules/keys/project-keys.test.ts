/** The publicly known keys must be exactly those; derived keys must be stable and of the known shapes. */
import { expect, test } from 'vitest'
import { demoKeys, derivedKeys, refuseBadShapes } from './project-keys.ts'

test('demo keys are the ones of local Supabase stacks', () => {
  const keys = demoKeys()
  expect(keys.anonKey).toMatch(/CRXP1A7WOeoJeXxjNni43kdQwgnWNReilDMblYTn_I0$/)
  expect(keys.serviceRoleKey).toMatch(/EGIM96RAZx35lJzdJsyH-qQwv8Hdp7fsn3W0YpN81IU$/)
})

test('derived keys follow from the secret alone, and differ between secrets', () => {
  const one = derivedKeys('one'.repeat(20))
  expect(derivedKeys('one'.repeat(20))).toEqual(one)
  expect(one.publishableKey).toMatch(/^sb_publishable_[\w-]{22}_[\w-]{8}$/)
  expect(one.secretKey).toMatch(/^sb_secret_[\w-]{22}_[\w-]{8}$/)
  expect(one.publishableKey.slice(15)).not.toBe(one.secretKey.slice(10))
  const other = derivedKeys('two'.repeat(20))
  for (const name of ['anonKey', 'serviceRoleKey', 'publishableKey', 'secretKey'] as const)
    expect(other[name]).not.toBe(one[name])
})

test.each([
  [{ jwtSecret: 'a'.repeat(31) }, 'at least 32'],
  [{ publishableKey: 'pk_live_1234567890' }, 'sb_publishable_'],
  [{ secretKey: 'sb_publishable_1234567890123456789012' }, 'sb_secret_'],
])('refuses a key that cannot work: %o', (given, reason) => {
  expect(() => refuseBadShapes(given)).toThrow(reason)
})

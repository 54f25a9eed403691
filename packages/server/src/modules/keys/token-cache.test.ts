/** The cache keeps what is asked for, and no more than it may. */
import { expect, test } from 'vitest'
import { TokenCache } from './token-cache.ts'

const identity = { role: 'anon', claims: {}, claimsJson: '{}' }

test('holds no more than its bound', () => {
  const cache = new TokenCache(100)
  for (let index = 0; index < 1000; index++) cache.set(`token ${index}`, identity, 10)
  expect(cache.size).toBeLessThanOrEqual(100)
  expect(cache.get('token 999', 0)).toBe(identity)
  expect(cache.get('token 0', 0)).toBeUndefined()
})

test('a token that is asked for outlives those that are not', () => {
  const cache = new TokenCache(100)
  cache.set('kept', identity, 10)
  for (let index = 0; index < 1000; index++) {
    cache.set(`token ${index}`, identity, 10)
    expect(cache.get('kept', 0)).toBe(identity)
  }
})

test('an entry ends at its time', () => {
  const cache = new TokenCache(2)
  cache.set('token', identity, 10)
  expect(cache.get('token', 9)).toBe(identity)
  expect(cache.get('token', 10)).toBeUndefined()
})

/** What is kept, what is dropped, and what a new catalog does. */
import { expect, test } from 'vitest'
import { ShapeCache } from './shape-cache.ts'

test('keeps what was used last', () => {
  const cache = new ShapeCache<string>(2)
  const made: string[] = []
  const get = (shape: string, version = 1): string =>
    cache.get(shape, version, () => {
      made.push(shape)
      return `${shape}${version}`
    })
  for (const shape of ['a', 'b', 'a', 'c', 'a', 'b']) get(shape)
  expect(made).toEqual(['a', 'b', 'c', 'b'])
  expect(cache.size).toBe(2)
})

test('serves requests of the last catalog without keeping anything for them', () => {
  const cache = new ShapeCache<string>(2)
  const get = (version: number): string => cache.get('a', version, () => `a${version}`)
  expect([get(1), get(2), get(1), get(2)]).toEqual(['a1', 'a2', 'a1', 'a2'])
  expect(cache.size).toBe(1)
})

test('keeps nothing of what could not be made', () => {
  const cache = new ShapeCache<string>(2)
  expect(() =>
    cache.get('a', 1, () => {
      throw new Error('no')
    }),
  ).toThrow('no')
  expect(cache.size).toBe(0)
})

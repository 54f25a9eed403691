/** PostgreSQL's settings for machines of all sizes. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { tunedSettings } from './tuning.ts'

const gib = 1024 ** 3

function megabytes(text: string, name: string): number {
  return Number(new RegExp(`^${name} = (\\d+)MB$`, 'm').exec(text)?.[1] ?? Number.NaN)
}

test.each([
  [0.25, 32, 128],
  [1, 128, 512],
  [4, 512, 2048],
  [64, 1024, 32_768],
])('with %d GiB: %d MB of buffers, %d MB assumed in the cache', (size, buffers, cache) => {
  const text = tunedSettings(size * gib)
  expect(megabytes(text, 'shared_buffers')).toBe(buffers)
  expect(megabytes(text, 'effective_cache_size')).toBe(cache)
})

test('is within what PostgreSQL takes, and leaves memory to others, on every machine', () => {
  fc.assert(
    fc.property(fc.double({ min: 128 * 1024 * 1024, max: 1e15, noNaN: true }), (memory) => {
      const text = tunedSettings(memory)
      const buffers = megabytes(text, 'shared_buffers')
      expect(buffers).toBeGreaterThanOrEqual(16)
      expect(buffers * 1024 * 1024).toBeLessThanOrEqual(memory / 8)
      expect(megabytes(text, 'work_mem')).toBeGreaterThanOrEqual(2)
      expect(megabytes(text, 'maintenance_work_mem')).toBeLessThanOrEqual(256)
    }),
  )
})

test('never trades durability for speed', () => {
  const text = tunedSettings(gib)
  for (const name of ['fsync', 'synchronous_commit', 'full_page_writes'])
    expect(text).toContain(`${name} = on\n`)
})

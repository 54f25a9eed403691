/** The headers that say how an answer is wanted. */
import { describe, expect, test } from 'vitest'
import { parseAccept, parseMediaType } from './media-type.ts'
import { noPreferences, parsePreferences } from './preferences.ts'
import { combineRanges, parseCount } from './range.ts'

describe('Prefer', () => {
  test.each<readonly [header: string | null, read: object]>([
    [null, {}],
    ['return=minimal', { return: 'minimal' }],
    [' return=representation ,count=exact', { return: 'representation', count: 'exact' }],
    ['tx=commit, tx=rollback', { tx: 'commit' }],
    ['max-affected=5, timezone=Europe/Berlin', { maxAffected: 5, timezone: 'Europe/Berlin' }],
    ['max-affected=many', {}],
    ['count=all, x', { unknown: ['count=all', 'x'] }],
  ])('%j', (header, read) => {
    expect(parsePreferences(header)).toEqual({ ...noPreferences, ...read })
  })
})

describe('Accept', () => {
  test.each<readonly [header: string, names: readonly string[]]>([
    ['text/csv', ['text/csv']],
    ['text/csv;q=0.2, application/json;q=0.9, */*;q=0.1', ['application/json', 'text/csv', '*/*']],
    ['', ['*/*']],
    ['nonsense', ['nonsense']],
  ])('%j', (header, names) => {
    expect(parseAccept(header).map(({ name }) => name)).toEqual(names)
  })

  test('parameters, quoted or not', () => {
    const { name, parameters } = parseMediaType(
      'Application/Vnd.Pgrst.Plan+JSON; for="text/csv"; options=analyze|wal',
    )
    expect([name, ...parameters]).toEqual([
      'application/vnd.pgrst.plan+json',
      ['for', 'text/csv'],
      ['options', 'analyze|wal'],
    ])
  })
})

describe('ranges', () => {
  test.each<
    readonly [limit: number | undefined, offset: number | undefined, header: string | null, range: object]
  >([
    [undefined, undefined, null, { offset: 0, limit: undefined }],
    [5, 10, null, { offset: 10, limit: 5 }],
    [undefined, undefined, '2-4', { offset: 2, limit: 3 }],
    [2, undefined, '1-9', { offset: 1, limit: 1 }],
    [0, 7, null, { offset: 0, limit: 0 }],
    [undefined, undefined, 'bytes=0-5', { offset: 0, limit: undefined }],
  ])('limit %j, offset %j, header %j', (...[limit, offset, header, range]) => {
    expect(combineRanges({ limit, offset, header })).toEqual(range)
  })

  test('counts that are none', () => {
    expect(['', 'x', '1.5', '1e3', '0x1'].map(parseCount)).toEqual(Array.from({ length: 5 }))
    expect(parseCount('99999999999999999999')).toBe(Number.MAX_SAFE_INTEGER)
  })
})

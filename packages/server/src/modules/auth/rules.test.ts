/** The pure rules of accounts: addresses, numbers, durations, passwords, limits. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Failure } from '../../kernel/failure.ts'
import { readBanDuration } from './duration.ts'
import { readEmail } from './email-address.ts'
import { isRefreshToken, newRefreshToken } from './new-session.ts'
import { refuseWeakPassword, weaknessOf } from './password-rules.ts'
import { readPhone } from './phone-number.ts'
import { createRateLimit, networkOf } from './rate-limit.ts'
import { RequestBody } from './request-body.ts'

function codeOf(act: () => unknown): string {
  try {
    act()
    return 'accepted'
  } catch (error) {
    if (error instanceof Failure) return error.code
    throw error
  }
}

test.each([
  ['Ann@Example.COM', 'ann@example.com'],
  ["o'hara+x_y@sub.example.co.uk", "o'hara+x_y@sub.example.co.uk"],
  ['a@localhost', 'a@localhost'],
])('keeps %s as %s', (given, kept) => {
  expect(readEmail(given)).toBe(kept)
})

test.each([
  '',
  '@',
  'a@',
  '@b.c',
  'a b@c.de',
  'a@b..c',
  'a@-b.c',
  'a@b.c\n',
  'ä@b.c',
  'a@b.c,d@e.f',
  '<a@b.c>',
])('refuses the address %o', (given) => {
  expect(codeOf(() => readEmail(given))).toBe('validation_failed')
})

test('an accepted address has nothing that could end a header or a quoted text', () => {
  const near = fc.stringMatching(/^[\w.!"<>\r\n\0 -]{1,20}@[\w.\r\n-]{1,20}$/)
  fc.assert(
    fc.property(fc.oneof(fc.emailAddress(), near, fc.string()), (text) => {
      const code = codeOf(() => readEmail(text))
      expect(['accepted', 'validation_failed']).toContain(code)
      const isDangerous = /[\s"<>,;\\]|[^\x20-\x7e]/.test(text)
      expect(code === 'accepted' && isDangerous).toBe(false)
    }),
  )
})

test.each([
  ['+49 170 1234567', '491701234567'],
  ['15551234567', '15551234567'],
])('keeps the number %s as %s', (given, kept) => {
  expect(readPhone(given)).toBe(kept)
})

test.each(['', '+', '0123', '12345678901234567', '1-555', '++49'])('refuses the number %o', (given) => {
  expect(codeOf(() => readPhone(given))).toBe('validation_failed')
})

test.each([
  ['24h', 86_400],
  ['1h30m', 5400],
  ['1.5s', 1.5],
  ['300ms', 0.3],
  ['-1m', -60],
  ['none', 0],
  ['0', 0],
])('reads the duration %s as %f s', (given, seconds) => {
  expect(readBanDuration(given)).toBeCloseTo(seconds)
})

test.each(['', '1', 'h', '1d', '1h 2m', 'forever', '9999999999999h', '1h'.repeat(40), 'NaNs', 'Infinitys'])(
  'refuses the duration %o',
  (given) => {
    expect(codeOf(() => readBanDuration(given))).toBe('validation_failed')
  },
)

describe('passwords', () => {
  const rules = { passwordLengthMin: 8, passwordRequirements: '' } as const

  test.each([
    ['', 'aaaaaaa1', undefined],
    ['letters_digits', 'aaaaaaaa', ['characters']],
    ['letters_digits', 'AAAAAAA1', undefined],
    ['lower_upper_letters_digits', 'aaaaaaa1', ['characters']],
    ['lower_upper_letters_digits', 'aaaaaaA1', undefined],
    ['lower_upper_letters_digits_symbols', 'aaaaaaA1', ['characters']],
    ['lower_upper_letters_digits_symbols', 'aaaaaA1\\', undefined],
    ['lower_upper_letters_digits_symbols', 'a', ['length', 'characters']],
  ] as const)('%s: %s', (passwordRequirements, password, reasons) => {
    expect(weaknessOf(password, { ...rules, passwordRequirements })?.reasons).toEqual(reasons)
  })

  test('characters are counted as people do, size in bytes', () => {
    expect(weaknessOf('🦄'.repeat(8), rules)).toBeUndefined()
    expect(weaknessOf('🦄'.repeat(7), rules)?.reasons).toEqual(['length'])
    expect(codeOf(() => refuseWeakPassword('🦄'.repeat(256), rules))).toBe('accepted')
    expect(codeOf(() => refuseWeakPassword('🦄'.repeat(257), rules))).toBe('validation_failed')
  })
})

describe('rate limits', () => {
  const minute = 60_000

  test('a bucket fills evenly', () => {
    let now = 0
    const limit = createRateLimit({ requestsMax: 2, windowMs: minute, now: () => now })
    const take = (): string => codeOf(() => limit.take('203.0.113.1'))
    expect([take(), take(), take()]).toEqual(['accepted', 'accepted', 'over_request_rate_limit'])
    now += 30_000
    expect([take(), take()]).toEqual(['accepted', 'over_request_rate_limit'])
    now += 10 * minute
    expect([take(), take(), take()]).toEqual(['accepted', 'accepted', 'over_request_rate_limit'])
  })

  test('remembers a bounded number of addresses, and forgets the one that was quiet longest', () => {
    const limit = createRateLimit({ requestsMax: 1, windowMs: minute, now: () => 0, addressesMax: 2 })
    const take = (address: string): string => codeOf(() => limit.take(address))
    expect([take('203.0.113.1'), take('203.0.113.2'), take('203.0.113.1')]).toEqual([
      'accepted',
      'accepted',
      'over_request_rate_limit',
    ])
    expect(take('203.0.113.3')).toBe('accepted')
    expect([take('203.0.113.1'), take('203.0.113.2')]).toEqual(['over_request_rate_limit', 'accepted'])
  })

  test.each([
    ['203.0.113.1', '203.0.113.1'],
    ['::ffff:203.0.113.1', '::ffff:203.0.113.1'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['2001:0DB8:0000:0000:1:2:3:4', '2001:db8:0:0'],
    ['2001:db8:1:2::', '2001:db8:1:2'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['::', '0:0:0:0'],
    ['unknown', 'unknown'],
  ])('%s belongs to %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })

  test('all addresses of one network of IPv6 count as one', () => {
    const group = fc.integer({ min: 0, max: 0xffff }).map((number) => number.toString(16))
    fc.assert(
      fc.property(
        fc.array(group, { minLength: 8, maxLength: 8 }),
        fc.array(group, { minLength: 4, maxLength: 4 }),
        (one, tail) => {
          const other = [...one.slice(0, 4), ...tail]
          expect(networkOf(other.join(':'))).toBe(networkOf(one.join(':')))
          expect(networkOf(one.join(':'))).toBe(one.slice(0, 4).join(':'))
        },
      ),
    )
  })
})

test('refresh tokens are of the form that is taken, and never the same', () => {
  const tokens = Array.from({ length: 1000 }, newRefreshToken)
  expect(tokens.every(isRefreshToken)).toBe(true)
  expect(new Set(tokens).size).toBe(1000)
})

test('no body makes reading its fields throw anything but a Failure', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('a', 'b'), fc.jsonValue()), (fields) => {
      const body = new RequestBody(fields)
      for (const name of ['a', 'b', 'constructor', '__proto__']) {
        expect(['accepted', 'bad_json']).toContain(codeOf(() => body.text(name)))
        expect(['accepted', 'bad_json']).toContain(codeOf(() => body.flag(name)))
        expect(['accepted', 'bad_json', 'validation_failed']).toContain(codeOf(() => body.object(name)))
      }
    }),
  )
})

test.each([
  ['\0', 'validation_failed'],
  ['\ud800', 'validation_failed'],
  ['\udc00x', 'validation_failed'],
  ['\\u0000', 'accepted'],
  ['\\\\ud800', 'accepted'],
  ['🦄', 'accepted'],
])('an object that holds %j: %s', (text, expected) => {
  expect(codeOf(() => new RequestBody({ data: { [text]: 1 } }).object('data'))).toBe(expected)
  expect(codeOf(() => new RequestBody({ data: { a: [text] } }).object('data'))).toBe(expected)
})

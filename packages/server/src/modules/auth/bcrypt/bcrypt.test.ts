/** The digits of π and the hashes, against values from elsewhere. */
import { expect, test } from 'vitest'
import { isBcrypt, verifyBcrypt } from './bcrypt.ts'
import { verifyBcryptInWorker } from './in-worker.ts'
import { wordsOfPi } from './pi.ts'

test('π begins as everyone knows, and goes on as Blowfish has it', () => {
  const words = wordsOfPi(1042)
  expect([words[0], words[1]]).toEqual([0x243f6a88, 0x85a308d3])
  expect(words[1041]).toBe(0x3ac372e6)
})

const known = [
  ['U*U', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
  ['U*U*', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK'],
  ['U*U*U', '$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a'],
  ['', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy'],
] as const

test.each(known)('%o has the hash %s', async (password, encoded) => {
  expect(verifyBcrypt(password, encoded)).toBe(true)
  expect(verifyBcrypt(`${password}x`, encoded)).toBe(false)
  expect(await verifyBcryptInWorker({ password, encoded })).toBe(true)
  expect(await verifyBcryptInWorker({ password: `${password}x`, encoded })).toBe(false)
})

test.each([
  '',
  '$2a$05$short',
  '$2a$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
  '$2a$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
  '$1$CCCCCCCC$CCCCCCCCCCCCCCCCCCCCC.',
])('%o is not taken for one', (encoded) => {
  expect(isBcrypt(encoded)).toBe(false)
  expect(verifyBcrypt('', encoded)).toBe(false)
})

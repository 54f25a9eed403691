/** What `postmaster.pid` says at each moment of PostgreSQL's start. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parsePostmasterFile } from './postmaster-file.ts'

const whole = '4711\n/data\n1795169902\n55991\n\n127.0.0.1\n 10035212         8\nready   \n'

test.each([
  ['ready', whole, { pid: 4711, isReady: true }],
  ['starting', whole.replace('ready', 'starting'), { pid: 4711, isReady: false }],
  ['stopping', whole.replace('ready', 'stopping'), { pid: 4711, isReady: false }],
  ['the first line only', '4711\n', { pid: 4711, isReady: false }],
  ['ready in another line', '4711\nready\n', { pid: 4711, isReady: false }],
  ['single-user mode', whole.replace('4711', '-4711'), undefined],
  ['empty, after a power cut', '', undefined],
  ['zeros, after a power cut', '\0\0\0\0', undefined],
  ['a process group', '0\n', undefined],
  ['the first process of the system', '1\n', undefined],
  ['no number', 'postgres\n', undefined],
])('%s', (_, text, expected) => {
  expect(parsePostmasterFile(text)).toEqual(expected)
})

test('never gives a pid that a signal must not go to', () => {
  const line = fc.oneof(fc.string(), fc.integer().map(String), fc.bigInt().map(String))
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const pid = parsePostmasterFile(lines.join('\n'))?.pid ?? 2
      expect(pid).toBeGreaterThan(1)
      expect(pid).toBeLessThan(2 ** 31)
    }),
  )
})

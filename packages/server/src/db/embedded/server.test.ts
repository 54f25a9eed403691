/** How the end of a server that never became ready is explained. */
import { expect, test } from 'vitest'
import { explainExit } from './server.ts'

test.each([
  [
    ['[7] LOG:  starting', '[7] FATAL:  data directory "x" has wrong ownership'],
    'postgres_unavailable',
    'FATAL:  data directory "x" has wrong ownership',
  ],
  [['something strange'], 'postgres_unavailable', 'something strange'],
  [[], 'postgres_unavailable', 'without a word'],
  [
    [
      'LOG:  could not bind IPv4 address "127.0.0.1": Address already in use',
      'FATAL:  could not create any TCP/IP sockets',
    ],
    'port_taken',
    'port 5000 on 127.0.0.1',
  ],
])('%j', (lines, code, text) => {
  const failure = explainExit(lines, 5000)
  expect(failure.code).toBe(code)
  expect(failure.message).toContain(text)
})

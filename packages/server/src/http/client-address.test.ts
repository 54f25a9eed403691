/** Whom a request comes from is only as good as the proxies that say so. */
import { expect, test } from 'vitest'
import { clientAddressBehind } from './client-address.ts'

const address = clientAddressBehind(['10.0.0.0/8', '::1'])

test.each([
  ['nobody trusted stands before us', '203.0.113.9', '1.1.1.1', '203.0.113.9'],
  ['one proxy', '10.0.0.1', '198.51.100.7', '198.51.100.7'],
  ['a forged entry left of the real one', '10.0.0.1', '6.6.6.6, 198.51.100.7', '198.51.100.7'],
  ['two proxies', '10.0.0.1', '198.51.100.7, 10.2.3.4', '198.51.100.7'],
  ['an IPv4 address on a dual-stack socket', '::ffff:10.0.0.1', '198.51.100.7', '198.51.100.7'],
  ['an IPv6 proxy', '::1', '2001:db8::5', '2001:db8::5'],
  ['nonsense is no address', '10.0.0.1', 'unknown', '10.0.0.1'],
  ['no header', '10.0.0.1', undefined, '10.0.0.1'],
])('%s', (_case, peer, forwarded, expected) => {
  expect(address(peer, forwarded)).toBe(expected)
})

test.each(['10.0.0.0/33', 'proxy.example', '10.0.0.1/x', ''])('refuses %j as a trusted proxy', (entry) => {
  expect(() => clientAddressBehind([entry])).toThrow('PLINTH_TRUSTED_PROXIES')
})

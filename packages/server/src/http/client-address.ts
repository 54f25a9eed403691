/** Which address a request comes from, when proxies may stand before us. */
import { BlockList, isIP } from 'node:net'
import { Failure } from '../kernel/failure.ts'

export type ClientAddress = (peer: string | undefined, forwardedFor: string | undefined) => string

/** `X-Forwarded-For` is believed hop by hop from the right, only as long as the hop that wrote it is trusted. */
export function clientAddressBehind(trustedProxies: readonly string[]): ClientAddress {
  const trusted = new BlockList()
  for (const entry of trustedProxies) trust(trusted, entry)
  const isTrusted = (address: string): boolean => {
    const version = isIP(address)
    return version !== 0 && trusted.check(address, version === 4 ? 'ipv4' : 'ipv6')
  }
  return (peer, forwardedFor) => {
    let address = plain(peer ?? '')
    const hops = forwardedFor?.split(',') ?? []
    while (hops.length > 0 && isTrusted(address)) {
      const hop = plain(hops.pop()?.trim() ?? '')
      if (isIP(hop) === 0) break
      address = hop
    }
    return address
  }
}

function trust(list: BlockList, entry: string): void {
  const [address = '', prefix] = entry.split('/')
  const version = isIP(address)
  const family = version === 4 ? 'ipv4' : 'ipv6'
  const bits = Number(prefix)
  const isNetwork =
    prefix === undefined || (Number.isInteger(bits) && bits >= 0 && bits <= (version === 4 ? 32 : 128))
  if (version === 0 || !isNetwork) {
    const expected = 'addresses such as 10.0.0.1 or networks such as 10.0.0.0/8'
    throw new Failure('setting_invalid', { setting: 'PLINTH_TRUSTED_PROXIES', got: entry, expected })
  }
  if (prefix === undefined) list.addAddress(address, family)
  else list.addSubnet(address, bits, family)
}

/** An IPv4 address that a dual-stack socket shows as IPv6, in its own form. */
function plain(address: string): string {
  return address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address
}

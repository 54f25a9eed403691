/** How often an address may ask: a bucket for each that fills evenly. Kept in this process, with a bound on memory. */
import { isIP, isIPv6 } from 'node:net'
import { Failure } from '../../kernel/failure.ts'
import { isLoopback } from '../../kernel/shared-settings.ts'

export interface RateLimit {
  /** Counts one request of `address`, or refuses with `over_request_rate_limit`. Anything that names its sender is an address. */
  take(address: string): void
}

export interface RateLimitOptions {
  readonly requestsMax: number
  readonly windowMs: number
  /** Unix time in milliseconds. */
  readonly now: () => number
  readonly addressesMax?: number
  /** What is thrown in place of `over_request_rate_limit`. */
  readonly refusal?: () => Failure
}

interface Bucket {
  left: number
  filledAtMs: number
}

/** Many people share these: tests, and everyone behind a proxy that nobody has declared. */
const sharedFactor = 20
const addressesMaxDefault = 100_000

export function createRateLimit(options: RateLimitOptions): RateLimit {
  const { requestsMax, windowMs, now } = options
  const addressesMax = options.addressesMax ?? addressesMaxDefault
  const buckets = new Map<string, Bucket>()

  function bucketOf(key: string, capacity: number): Bucket {
    const nowMs = now()
    const known = buckets.get(key)
    // Taken out and put in again, so that the first one in the map is the one that has been quiet longest.
    buckets.delete(key)
    if (known === undefined && buckets.size >= addressesMax) forgetOldest(buckets)
    const filled = ((nowMs - (known?.filledAtMs ?? nowMs)) * capacity) / windowMs
    const bucket = { left: Math.min(capacity, (known?.left ?? capacity) + filled), filledAtMs: nowMs }
    buckets.set(key, bucket)
    return bucket
  }

  return {
    take: (address) => {
      const capacity = isLoopback(address) ? requestsMax * sharedFactor : requestsMax
      const bucket = bucketOf(networkOf(address), capacity)
      if (bucket.left < 1) throw options.refusal?.() ?? new Failure('over_request_rate_limit', {})
      bucket.left -= 1
    },
  }
}

function forgetOldest(buckets: Map<string, Bucket>): void {
  const oldest = buckets.keys().next()
  if (oldest.done !== true) buckets.delete(oldest.value)
}

/** One household has 2^64 addresses of IPv6, so its network counts as one. */
export function networkOf(address: string): string {
  if (!isIPv6(address) || isIP(address.replace(/^::ffff:/i, '')) === 4) return address
  const [head = '', tail] = address.replace(/%.*$/, '').split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length)
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after]
  return groups
    .slice(0, 4)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''))
    .join(':')
}

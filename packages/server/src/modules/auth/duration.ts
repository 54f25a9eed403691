/** Durations as Go writes them, which is how admin tools send `ban_duration`: `24h`, `1h30m`, `-1.5s`. */
import { Failure } from '../../kernel/failure.ts'

const unitSeconds = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 } as const
/** Go's own bound: 2^63 nanoseconds. */
const secondsMax = 9_223_372_036

/** Seconds; or a refusal. `none` and `0` stand for none. */
export function readBanDuration(text: string): number {
  if (text === 'none' || text === '0') return 0
  const seconds = parseSeconds(text)
  if (seconds !== undefined && Math.abs(seconds) <= secondsMax) return seconds
  throw new Failure('validation_failed', {
    message: 'invalid format for ban duration: use a form such as 24h',
  })
}

/** Seconds of a duration such as `1h30m`; undefined for anything else. */
export function parseSeconds(text: string): number | undefined {
  if (text.length > 64 || !/^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined
  const parts = text.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)/g)
  let seconds = 0
  for (const [, amount, unit] of parts) seconds += Number(amount) * secondsOf(unit)
  return text.startsWith('-') ? -seconds : seconds
}

function secondsOf(unit: string | undefined): number {
  return Object.entries(unitSeconds).find(([name]) => name === unit)?.[1] ?? 0
}

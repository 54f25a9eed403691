/** "Perhaps you meant …": the candidate that is most like a name. */
import { editDistance } from '../../../kernel/settings.ts'

/** Names in PostgreSQL have at most 63 bytes: comparing longer ones would cost and never help. */
const nameLengthMax = 63
const candidatesMax = 5000

/** How much alike two names are, from 0 to 1. */
function likeness(a: string, b: string): number {
  const longest = Math.max(a.length, b.length)
  return longest === 0 ? 1 : 1 - editDistance(a, b) / longest
}

export function suggest(name: string, candidates: Iterable<string>, likenessMin: number): string | undefined {
  if (name.length > nameLengthMax) return undefined
  const wanted = name.toLowerCase()
  let best: { candidate: string; likeness: number } | undefined
  let tried = 0
  for (const candidate of candidates) {
    tried += 1
    if (tried > candidatesMax) break
    const longest = Math.max(wanted.length, candidate.length)
    // A difference in length alone can rule it out, at no cost.
    if (1 - Math.abs(wanted.length - candidate.length) / longest < likenessMin) continue
    const found = likeness(wanted, candidate.toLowerCase())
    if (found >= likenessMin && found > (best?.likeness ?? 0)) best = { candidate, likeness: found }
  }
  return best?.candidate
}

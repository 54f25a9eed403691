/** The `Preference-Applied` header (RFC 7240): which of the caller's preferences this kind of request has followed. */
import type { Plan } from '../plan/plan.ts'
import { noPreferences, type Preferences } from '../request/preferences.ts'
import type { RequestWords } from '../request/request.ts'

type Word = 'resolution' | 'missing' | 'return' | 'count' | 'tx' | 'handling' | 'timezone' | 'max-affected'

/** In the order in which they are listed. */
const words = [
  'resolution',
  'missing',
  'return',
  'count',
  'tx',
  'handling',
  'timezone',
  'max-affected',
] as const

/** undefined where there was nothing to follow. */
export function preferenceApplied(plan: Plan, request: RequestWords): string | undefined {
  const { preferences } = request
  if (preferences === noPreferences) return undefined
  const applied = words
    .filter((word) => appliesTo(word, plan, request))
    .map((word) => ({ word, value: valueOf(word, preferences) }))
    .filter(({ value }) => value !== undefined)
    .map(({ word, value }) => `${word}=${value}`)
  return applied.length === 0 ? undefined : applied.join(', ')
}

function valueOf(word: Word, preferences: Preferences): string | number | undefined {
  if (word !== 'max-affected') return preferences[word]
  return preferences.handling === 'strict' ? preferences.maxAffected : undefined
}

function appliesTo(word: Word, plan: Plan, { query }: RequestWords): boolean {
  const write = plan.kind === 'write' ? plan.write : undefined
  switch (word) {
    case 'resolution':
      return (
        write?.kind === 'insert' &&
        !write.isPut &&
        (query.onConflict !== undefined || plan.kind !== 'write' || plan.table.primaryKey.length > 0)
      )
    case 'missing':
      return write?.kind === 'update' || (write?.kind === 'insert' && !write.isPut)
    case 'return':
      return write !== undefined
    case 'max-affected':
      return plan.kind === 'call' || write?.kind === 'update' || write?.kind === 'delete'
    case 'count':
    case 'tx':
    case 'handling':
    case 'timezone':
      return true
  }
}

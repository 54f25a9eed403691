/** The `Prefer` header (RFC 7240): how the caller wants the answer, as far as we know the word. */

export interface Preferences {
  readonly resolution: 'merge-duplicates' | 'ignore-duplicates' | undefined
  readonly return: 'representation' | 'minimal' | 'headers-only' | undefined
  readonly count: 'exact' | 'planned' | 'estimated' | undefined
  readonly tx: 'commit' | 'rollback' | undefined
  readonly missing: 'default' | 'null' | undefined
  readonly handling: 'strict' | 'lenient' | undefined
  readonly timezone: string | undefined
  readonly maxAffected: number | undefined
  /** What we do not know, as it was sent. */
  readonly unknown: readonly string[]
}

/** Every preference with a fixed list of values. */
const choices = {
  resolution: ['merge-duplicates', 'ignore-duplicates'],
  return: ['representation', 'minimal', 'headers-only'],
  count: ['exact', 'planned', 'estimated'],
  tx: ['commit', 'rollback'],
  missing: ['default', 'null'],
  handling: ['strict', 'lenient'],
} as const

type Choice = keyof typeof choices

export const noPreferences: Preferences = {
  resolution: undefined,
  return: undefined,
  count: undefined,
  tx: undefined,
  missing: undefined,
  handling: undefined,
  timezone: undefined,
  maxAffected: undefined,
  unknown: [],
}

/** Reads all `Prefer` headers, joined with commas. The first of a name counts. Never refuses. */
export function parsePreferences(header: string | null): Preferences {
  if (header === null) return noPreferences
  const items = header
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
  return {
    resolution: pick('resolution', items),
    return: pick('return', items),
    count: pick('count', items),
    tx: pick('tx', items),
    missing: pick('missing', items),
    handling: pick('handling', items),
    timezone: textOf('timezone', items),
    maxAffected: numberOf('max-affected', items),
    unknown: items.filter((item) => !isKnown(item)),
  }
}

function pick<C extends Choice>(name: C, items: readonly string[]): (typeof choices)[C][number] | undefined {
  const values: readonly (typeof choices)[C][number][] = choices[name]
  for (const item of items) {
    const found = values.find((value) => item === `${name}=${value}`)
    if (found !== undefined) return found
  }
  return undefined
}

function textOf(name: string, items: readonly string[]): string | undefined {
  return items.find((item) => item.startsWith(`${name}=`))?.slice(name.length + 1)
}

function numberOf(name: string, items: readonly string[]): number | undefined {
  const text = textOf(name, items)
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

function isKnown(item: string): boolean {
  if (item.startsWith('timezone=') || item.startsWith('max-affected=')) return true
  return Object.entries(choices).some(([name, values]) => values.some((value) => item === `${name}=${value}`))
}

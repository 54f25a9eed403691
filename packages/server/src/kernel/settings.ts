/**
 * The settings table. A setting says where its value may come from, what it may be and what it means; from it come
 * parsing, `--help`, the reference page and the redacted dump. Rising order: default, config.toml, environment, flag.
 */
import { Failure } from './failure.ts'

export interface Setting<T> {
  /** Environment names; the first is the one that docs and messages use. */
  readonly env: readonly string[]
  readonly help: string
  /** Dotted path in config.toml, such as `api.port`. */
  readonly toml?: string
  /** Command-line flag without its dashes. */
  readonly flag?: string
  /** Never shown: dumps print `(secret)`. */
  readonly secret?: boolean
  /** What it takes, in words: `a whole number from 1 to 65535`. */
  readonly expected: string
  /** The default as people would write it; undefined where there is none. */
  readonly shownDefault: string | undefined
  /** True for settings that need no value: `--json`. */
  readonly isSwitch?: boolean
  /** True for a folder: given by flag or environment, it is relative to where the command runs. */
  readonly isFolder?: boolean
  /** Any variable that begins so adds an entry, under what is left of its name. */
  readonly envPrefix?: string
  readonly fallback: T
  /** The value, or undefined when `raw` is not acceptable. `raw` is text, or what config.toml holds at the path. */
  parse(raw: unknown): T | undefined
}

export type SettingsSpec = Readonly<Record<string, Setting<unknown>>>
export type SettingsOf<S extends SettingsSpec> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never
}

/** Where a setting is known: at least one environment name, and optionally config.toml and a flag. */
export interface Place {
  readonly env: string | readonly string[]
  readonly help: string
  readonly toml?: string
  readonly flag?: string
}

/** Raw values by source. */
export interface SettingSources {
  readonly flags: Readonly<Record<string, string | undefined>>
  readonly env: Readonly<Record<string, string | undefined>>
  readonly toml: Readonly<Record<string, unknown>>
}

export function integer<const D extends number | undefined = number>(
  place: Place & { min: number; max: number; default: D },
): Setting<number | D> {
  return {
    ...placed(place),
    expected: `a whole number from ${place.min} to ${place.max}`,
    shownDefault: place.default === undefined ? undefined : String(place.default),
    fallback: place.default,
    parse: (raw) => {
      const value = typeof raw === 'string' && /^-?\d{1,15}$/.test(raw) ? Number(raw) : raw
      if (typeof value !== 'number' || !Number.isSafeInteger(value)) return undefined
      return value >= place.min && value <= place.max ? value : undefined
    },
  }
}

export function text<const D extends string | undefined>(
  place: Place & { default: D; secret?: boolean },
): Setting<string | D> {
  return {
    ...placed(place),
    ...(place.secret === true ? { secret: true } : {}),
    expected: 'a text',
    shownDefault: place.default,
    fallback: place.default,
    parse: (raw) => (typeof raw === 'string' && raw !== '' ? raw : undefined),
  }
}

/** A folder; undefined where none is given. */
export function folder(place: Place & { shownDefault: string }): Setting<string | undefined> {
  return {
    ...text({ ...place, default: undefined }),
    expected: 'a folder',
    shownDefault: place.shownDefault,
    isFolder: true,
  }
}

export function oneOf<const V extends string>(
  place: Place & { values: readonly V[]; default: V },
): Setting<V> {
  return {
    ...placed(place),
    expected: `one of ${place.values.join(', ')}`,
    shownDefault: place.default,
    fallback: place.default,
    parse: (raw) => place.values.find((value) => value === raw),
  }
}

/** True or false; as a flag it needs no value. */
export function toggle(place: Place & { default: boolean }): Setting<boolean> {
  return {
    ...placed(place),
    expected: 'true or false',
    shownDefault: String(place.default),
    isSwitch: true,
    fallback: place.default,
    parse: (raw) => {
      if (raw === true || raw === 'true' || raw === '1') return true
      if (raw === false || raw === 'false' || raw === '0') return false
      return undefined
    },
  }
}

/** Texts, comma separated in flags and environment, an array in config.toml. */
export function list<const D extends readonly string[] | undefined = readonly string[]>(
  place: Place & { default: D },
): Setting<readonly string[] | D> {
  return {
    ...placed(place),
    expected: 'a comma-separated list',
    shownDefault: place.default?.join(','),
    fallback: place.default,
    parse: (raw) => {
      if (typeof raw === 'string')
        return raw
          .split(',')
          .map((item) => item.trim())
          .filter((item) => item !== '')
      return Array.isArray(raw) && raw.every((item) => typeof item === 'string') ? raw : undefined
    },
  }
}

/** Names with texts, which may be secrets: a table in config.toml, or one variable per name, behind `envPrefix`. */
export function textMap(
  place: Omit<Place, 'env' | 'flag'> & { envPrefix: string },
): Setting<Readonly<Record<string, string>> | undefined> {
  return {
    ...placed({ ...place, env: `${place.envPrefix}*` }),
    envPrefix: place.envPrefix,
    secret: true,
    expected: 'names with texts',
    shownDefault: undefined,
    fallback: undefined,
    parse: (raw) => {
      if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return undefined
      return Object.fromEntries(Object.entries(raw).map(([name, value]) => [name, String(value)]))
    },
  }
}

function placed(place: Place): Pick<Setting<unknown>, 'env' | 'help' | 'toml' | 'flag'> {
  return {
    env: typeof place.env === 'string' ? [place.env] : place.env,
    help: place.help,
    ...(place.toml === undefined ? {} : { toml: place.toml }),
    ...(place.flag === undefined ? {} : { flag: place.flag }),
  }
}

/** Reads one group of settings, or refuses with `setting_invalid`, naming the source that held the bad value. */
export function readSettings<S extends SettingsSpec>(spec: S, sources: SettingSources): SettingsOf<S> {
  const entries = Object.entries(spec).map(([key, setting]) => [key, readSetting(setting, sources)])
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- fromEntries forgets the keys we just mapped
  return Object.freeze(Object.fromEntries(entries)) as SettingsOf<S>
}

function readSetting<T>(setting: Setting<T>, sources: SettingSources): T {
  const found = findRaw(setting, sources)
  if (found === undefined) return setting.fallback
  const value = setting.parse(found.raw)
  if (value !== undefined) return value
  const got = setting.secret === true ? '(secret)' : String(found.raw)
  throw new Failure('setting_invalid', { setting: found.name, got, expected: setting.expected })
}

function findRaw(
  setting: Setting<unknown>,
  sources: SettingSources,
): { name: string; raw: unknown } | undefined {
  if (setting.flag !== undefined) {
    const raw = sources.flags[setting.flag]
    if (raw !== undefined) return { name: `--${setting.flag}`, raw }
  }
  for (const name of setting.env) {
    const raw = sources.env[name]
    // An empty variable is how shells and compose files say "not set".
    if (raw !== undefined && raw !== '') return { name, raw }
  }
  const entries = entriesBehind(setting.envPrefix, sources)
  if (entries !== undefined) return entries
  if (setting.toml === undefined) return undefined
  const raw = valueAt(sources.toml, setting.toml)
  return raw === undefined ? undefined : { name: setting.toml, raw }
}

function entriesBehind(
  prefix: string | undefined,
  { env }: SettingSources,
): { name: string; raw: unknown } | undefined {
  if (prefix === undefined) return undefined
  const entries = Object.entries(env).filter(
    ([name, value]) => name.startsWith(prefix) && value !== undefined,
  )
  if (entries.length === 0) return undefined
  return {
    name: `${prefix}*`,
    raw: Object.fromEntries(entries.map(([name, value]) => [name.slice(prefix.length), value])),
  }
}

/** The value at a dotted path of a parsed config.toml. */
function valueAt(toml: Readonly<Record<string, unknown>>, path: string): unknown {
  let value: unknown = toml
  for (const part of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = Reflect.get(value, part)
  }
  return value
}

/** Refuses a `PLINTH_*` variable that no setting knows, with the nearest name that one does. */
export function refuseUnknownEnv(
  settings: readonly Setting<unknown>[],
  env: Readonly<Record<string, string | undefined>>,
): void {
  const known = settings.flatMap((setting) => setting.env)
  for (const name of Object.keys(env)) {
    if (!name.startsWith('PLINTH_') || known.includes(name)) continue
    throw new Failure('setting_unknown', { name, nearest: nearest(name, known) })
  }
}

/** A setting as people may see it. */
export interface ShownSetting {
  /** The environment name that docs use. */
  readonly name: string
  /** `(secret)` stands for any secret; undefined where nothing is set. */
  readonly value: string | undefined
  /** The flag, variable or key that the value comes from, or `default`. */
  readonly from: string
}

/** A value as people would write it. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : Array.isArray(value) ? value.join(',') : JSON.stringify(value)
}

/** What is in force for `setting`, and why. Refuses a bad value as `readSettings` does. */
export function showSetting(setting: Setting<unknown>, sources: SettingSources): ShownSetting {
  const value = readSetting(setting, sources)
  const isHidden = setting.secret === true && value !== undefined
  return {
    name: setting.env[0] ?? '',
    value: isHidden ? '(secret)' : value === undefined ? undefined : textOf(value),
    from: findRaw(setting, sources)?.name ?? 'default',
  }
}

/** The candidate with the fewest edits to `name`, if it is near enough to be what was meant. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const editsMax = Math.max(1, Math.floor(name.length / 3))
  const scored = candidates.map((candidate) => ({ candidate, edits: editDistance(name, candidate) }))
  const best = scored.toSorted((a, b) => a.edits - b.edits)[0]
  return best !== undefined && best.edits <= editsMax ? best.candidate : undefined
}

/** How many letters must be inserted, removed, replaced, or swapped with their neighbour. */
export function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1)
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      const swapped = isSwap ? (beforePrevious[column - 2] ?? 0) + 1 : replaced
      const edited = Math.min((previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1)
      current.push(Math.min(replaced, swapped, edited))
    }
    beforePrevious = previous
    previous = current
  }
  return previous.at(-1) ?? 0
}

/** Puts values for `env(NAME)` in place, from the environment and the project's own .env files. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEnv } from 'node:util'

export type Env = Readonly<Record<string, string | undefined>>

export interface Substituted {
  readonly values: Record<string, unknown>
  /** Keys that are left out of `values`, because the variable they name is not set. */
  readonly unset: readonly { readonly path: readonly string[]; readonly variable: string }[]
}

/** The environment, and below it `.env.local` and `.env` of each of `folders`; the first one that has a name decides. */
export async function projectEnv(folders: readonly string[], env: Env): Promise<Env> {
  const files = folders.flatMap((folder) => [join(folder, '.env.local'), join(folder, '.env')])
  const read = await Promise.all(files.map(readEnvFile))
  return Object.assign({}, ...read.toReversed(), env)
}

async function readEnvFile(path: string): Promise<Env> {
  try {
    return parseEnv(await readFile(path, 'utf8'))
  } catch {
    // Not there, or not ours to read: a key that needs it is reported as unset.
    return {}
  }
}

/** Replaces every text of the form `env(NAME)`, also within arrays. Arrays lose the items that are not set. */
export function substitute(toml: Readonly<Record<string, unknown>>, env: Env): Substituted {
  const unset: { path: readonly string[]; variable: string }[] = []

  function visit(value: unknown, path: readonly string[]): unknown {
    if (typeof value === 'string') return resolve(value, path)
    if (Array.isArray(value))
      return value.map((item) => visit(item, path)).filter((item) => item !== undefined)
    return isTable(value) ? table(value, path) : value
  }

  function resolve(text: string, path: readonly string[]): string | undefined {
    const variable = /^env\((.*)\)$/.exec(text)?.[1]
    if (variable === undefined) return text
    const value = env[variable]
    if (value === undefined || value === '') unset.push({ path, variable })
    return value === '' ? undefined : value
  }

  function table(
    values: Readonly<Record<string, unknown>>,
    path: readonly string[],
  ): Record<string, unknown> {
    const entries = Object.entries(values).map(
      ([name, value]) => [name, visit(value, [...path, name])] as const,
    )
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
  }

  const values = table(toml, [])
  return { values, unset }
}

/** True for a TOML table; dates and arrays are values. */
export function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}

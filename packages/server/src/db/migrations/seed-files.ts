/** Which files the patterns of `[db.seed] sql_paths` mean. */
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Observe } from '../../kernel/observe.ts'

/** A project need not have one, so its absence is not worth a word. */
export const defaultSeedPath = './seed.sql'

export interface SeedFile {
  readonly path: string
  /** How messages and the record name it: `supabase/seed.sql`. */
  readonly shown: string
}

/**
 * Files in the order of `patterns`, and by name within one; none twice. Patterns are paths below `folder` in which `*`
 * and `?` stand for parts of one name.
 */
export async function listSeedFiles(
  folder: string,
  patterns: readonly string[],
  observe: Observe,
): Promise<SeedFile[]> {
  const found = new Set<string>()
  for (const pattern of patterns) {
    const paths = await expand(folder, pattern)
    for (const path of paths) found.add(path)
    if (paths.length === 0 && pattern !== defaultSeedPath)
      observe('warning', { message: `no file of the seed matches ${pattern} in ${folder}` })
  }
  return [...found].map((path) => ({ path: join(folder, path), shown: `${basename(folder)}/${path}` }))
}

/** Paths below `folder`, with `/`. */
async function expand(folder: string, pattern: string): Promise<string[]> {
  const parts = pattern.split('/').filter((part) => part !== '' && part !== '.')
  let paths = ['']
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1
    const matches = await Promise.all(
      paths.map(async (path) => childrenOf(join(folder, path), { part, isLast })),
    )
    paths = paths.flatMap((path, at) =>
      (matches[at] ?? []).map((name) => (path === '' ? name : `${path}/${name}`)),
    )
  }
  return paths.filter((path) => path !== '')
}

async function childrenOf(
  folder: string,
  wanted: { readonly part: string; readonly isLast: boolean },
): Promise<string[]> {
  if (wanted.part === '..') return ['..']
  const matches = matcher(wanted.part)
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => matches.test(entry.name) && (wanted.isLast ? !entry.isDirectory() : !entry.isFile()))
    .map((entry) => entry.name)
    .toSorted()
}

function matcher(part: string): RegExp {
  const escaped = part.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`)
}

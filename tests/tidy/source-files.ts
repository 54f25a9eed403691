/** The files of the repository as the tidy tests see them: what is installed, built or kept by a run is not among them. */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

export const root = join(import.meta.dirname, '../..')

export interface SourceFile {
  /** Relative to the root. */
  readonly path: string
  readonly text: string
}

const skippedFolders = new Set(['node_modules', 'dist', '.git', '.plinth', '.tmp', 'public'])

export function filesLike(pattern: string): SourceFile[] {
  const paths = globSync(pattern, { cwd: root, exclude: (entry) => skippedFolders.has(lastPart(entry)) })
  return paths
    .filter((path) => !path.split('/').some((part) => skippedFolders.has(part)))
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

export interface Import {
  readonly from: string
  readonly to: string
  /** Types vanish before anything runs. */
  readonly isTypeOnly: boolean
}

const importStatement =
  /^(?:import|export)\s(type\s)?[^'"()]*?from '([^']+)'|^import '([^']+)'|import\('([^']+)'\)/gm

/** Imports between our own files; workspace names stand for their package's index.ts. */
export function importsOf({ path, text }: SourceFile): Import[] {
  return [...text.matchAll(importStatement)].flatMap(([, type, from, bare, lazy]) => {
    const to = ownFile(path, from ?? bare ?? lazy ?? '')
    return to === undefined ? [] : [{ from: path, to, isTypeOnly: type !== undefined }]
  })
}

function ownFile(path: string, specifier: string): string | undefined {
  const workspace = /^@plinth\/([a-z-]+)$/.exec(specifier)?.[1]
  if (workspace !== undefined) return `packages/${workspace}/src/index.ts`
  return specifier.startsWith('.') ? relative(root, join(root, dirname(path), specifier)) : undefined
}

/** Reads the project's config.toml: the values that settings take from it, and what is to be said about its keys. */
import { readFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { parse, TomlError } from 'smol-toml'
import { Failure } from '../../kernel/failure.ts'
import type { Observe } from '../../kernel/observe.ts'
import { projectFolder } from '../../kernel/project-folder.ts'
import type { Setting } from '../../kernel/settings.ts'
import { isTable, projectEnv, substitute, type Env, type Substituted } from './env-values.ts'
import { KeyLines } from './key-lines.ts'
import { KeyTree } from './key-tree.ts'
import { supabaseKeys } from './supabase-keys.ts'

export interface ConfigFile {
  /** Parsed, with `env(NAME)` replaced; empty when the project has no config.toml. */
  readonly values: Readonly<Record<string, unknown>>
  /** Says what was found: unknown keys, keys not used yet, variables that are not set. */
  report(observe: Observe): void
}

export interface ConfigFileOptions {
  /** The project's folder: the one that holds `supabase/` or `plinth/`. */
  readonly project: string
  /** What `project` is relative to, and messages shorten paths by. */
  readonly cwd: string
  readonly env: Env
  /** Every setting there is: their `toml` paths are the keys that are used. */
  readonly settings: readonly Setting<unknown>[]
}

/** Rejects with `project_missing`, or with `config_unreadable`, which names file and line. */
export async function readConfigFile(options: ConfigFileOptions): Promise<ConfigFile> {
  const folder = await projectFolder(resolve(options.cwd, options.project))
  const path = join(folder, 'config.toml')
  const text = await readIfThere(path)
  if (text === undefined) return { values: {}, report: () => undefined }
  const file = shortPath(options.cwd, path)
  const parsed = parseToml(text, file)
  const env = await projectEnv([folder, resolve(folder, '..')], options.env)
  const substituted = substitute(parsed, env)
  const review = { file, text, parsed, substituted, settings: options.settings }
  return { values: substituted.values, report: (observe) => reportKeys(review, observe) }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    // A byte order mark, as some editors write it, is no part of the text.
    return (await readFile(path, 'utf8')).replace(/^\uFEFF/, '')
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return undefined
    throw new Failure('config_unreadable', { file: path, line: 1, reason: errorCode(cause) }, { cause })
  }
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}

function parseToml(text: string, file: string): Record<string, unknown> {
  try {
    return parse(text)
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause
    // The first line of the message is the reason; below it stands an excerpt of the file.
    const reason = cause.message.split('\n', 1)[0] ?? ''
    throw new Failure('config_unreadable', { file, line: cause.line, reason }, { cause })
  }
}

interface Review {
  readonly file: string
  readonly text: string
  readonly parsed: Readonly<Record<string, unknown>>
  readonly substituted: Substituted
  readonly settings: readonly Setting<unknown>[]
}

function reportKeys({ file, text, parsed, substituted, settings }: Review, observe: Observe): void {
  const used = settings.flatMap((setting) => (setting.toml === undefined ? [] : [setting.toml]))
  const isUsed = (key: string): boolean => used.some((path) => key === path || key.startsWith(`${path}.`))
  const known = knownKeys(used)
  const lines = new KeyLines(text)
  const unused: string[] = []
  for (const path of leafPaths(parsed, [])) {
    const key = path.join('.')
    const plain = withoutRemote(path)
    if (isUsed(key)) continue
    if (known.has(plain)) unused.push(key)
    else observe('config_key_unknown', { file, line: lines.of(path), key, nearest: known.nearest(plain) })
  }
  if (unused.length > 0) observe('config_keys_unused', { file, keys: [...new Set(unused)] })
  for (const { path, variable } of substituted.unset) {
    if (!isUsed(path.join('.'))) continue
    const message = `${file}:${lines.of(path)}: ${path.join('.')} is left out: the variable ${variable} is not set`
    observe('warning', { message })
  }
}

function knownKeys(used: readonly string[]): KeyTree {
  const known = new KeyTree()
  for (const path of used) known.add(path)
  for (const [section, names] of Object.entries(supabaseKeys)) {
    for (const name of names.split(' ')) known.add(section === '' ? name : `${section}.${name}`)
  }
  return known
}

/** Paths of all values, and of tables without any; of each table in an array of tables too. */
function leafPaths(value: unknown, path: readonly string[]): readonly (readonly string[])[] {
  if (isTable(value) && (path.length === 0 || Object.keys(value).length > 0))
    return Object.entries(value).flatMap(([name, inner]) => leafPaths(inner, [...path, name]))
  if (Array.isArray(value) && value.some(isTable)) return value.flatMap((item) => leafPaths(item, path))
  return [path]
}

/** `[remotes.NAME]` holds the same keys again, for one branch of a hosted project. */
function withoutRemote(path: readonly string[]): readonly string[] {
  return path[0] === 'remotes' && path.length > 2 ? path.slice(2) : path
}

function shortPath(cwd: string, path: string): string {
  const short = relative(cwd, path)
  return short.startsWith('..') ? path : short
}

/** The rules of the house, as tests: what no compiler or linter holds for us. CONTRIBUTING.md has the reasons. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Route } from '../../packages/server/src/kernel/module.ts'
import { findCycle } from './find-cycle.ts'
import { filesLike, importsOf, root, type SourceFile } from './source-files.ts'

const written = filesLike('{packages,tools,tests,bench,examples}/**/*.ts')
const product = filesLike('packages/*/src/**/*.ts')
const code = product.filter(({ path }) => !/\.(test|bench)\.ts$|\/test\//.test(path))
const edges = code.flatMap(importsOf)

/** A file may import its own layer and lower ones. Two layers of one rank do not know each other. */
const layers: readonly (readonly [pattern: RegExp, layer: string, rank: number])[] = [
  [/^packages\/protocol\//, 'protocol', 0],
  [/^packages\/server\/src\/kernel\//, 'kernel', 1],
  [/^packages\/server\/src\/db\//, 'db', 2],
  [/^packages\/server\/src\/http\//, 'http', 2],
  [/^packages\/server\/src\/modules\//, 'modules', 3],
  [/^packages\/server\/src\/compat\//, 'compat', 4],
  [/^packages\/server\/src\/app\//, 'app', 5],
  [/^packages\/server\/src\/[^/]+$/, 'server', 6],
  [/^packages\/cli\//, 'cli', 7],
]

function layerOf(path: string): { layer: string; rank: number } {
  const found = layers.find(([pattern]) => pattern.test(path))
  return { layer: found?.[1] ?? `none: ${path}`, rank: found?.[2] ?? -1 }
}

const moduleOf = (path: string): string | undefined =>
  /^packages\/server\/src\/modules\/([^/]+)\//.exec(path)?.[1]

const packageOf = (path: string): string => path.split('/', 2).join('/')

function pathsWhere(files: readonly SourceFile[], isBad: (text: string) => boolean): string[] {
  return files.filter(({ text }) => isBad(text)).map(({ path }) => path)
}

test('there is something to look at', () => {
  expect(code.length).toBeGreaterThan(50)
  expect(edges.length).toBeGreaterThan(100)
})

test('every file of the product lies in a layer', () => {
  expect(code.filter(({ path }) => layerOf(path).rank === -1).map(({ path }) => path)).toEqual([])
})

test('imports point down', () => {
  const bad = edges.filter(({ from, to }) => {
    const [a, b] = [layerOf(from), layerOf(to)]
    return a.layer !== b.layer && b.rank >= a.rank
  })
  expect(bad).toEqual([])
})

test('other packages are reached by their name, and another module only by its front door', () => {
  const bad = edges.filter(({ from, to }) => {
    const isOther =
      moduleOf(from) !== undefined && moduleOf(to) !== undefined && moduleOf(from) !== moduleOf(to)
    const isOutside = packageOf(from) !== packageOf(to)
    return (isOther || isOutside) && !to.endsWith('/index.ts')
  })
  expect(bad).toEqual([])
})

test('the protocol imports nothing from outside itself', () => {
  const files = code.filter(({ path }) => path.startsWith('packages/protocol/'))
  expect(pathsWhere(files, (text) => /from '[^.]/.test(text))).toEqual([])
})

test('acceptance tests and benches know a URL and keys, and none of our code', () => {
  const outside = filesLike('{tests/acceptance,bench}/**/*.ts').flatMap(importsOf)
  // The load generator's lower limit is our own session where pgbench is missing.
  const bad = outside.filter(({ from, to }) => to.startsWith('packages/') && from.startsWith('tests/'))
  expect(bad).toEqual([])
})

test('no file imports itself by way of others', () => {
  const targets = new Map<string, string[]>()
  for (const { from, to, isTypeOnly } of edges) {
    if (!isTypeOnly) targets.set(from, [...(targets.get(from) ?? []), to])
  }
  expect(findCycle(targets)).toBeUndefined()
})

test('every import leads to a file', () => {
  expect(code.flatMap(importsOf).filter(({ to }) => !existsSync(join(root, to)))).toEqual([])
})

test('no file is longer than 400 lines', () => {
  expect(pathsWhere(written, (text) => text.split('\n').length > 401)).toEqual([])
})

test('the linter holds the length of functions, and nobody silences it without a reason', () => {
  const config = readFileSync(join(root, '.oxlintrc.json'), 'utf8')
  expect(config).toContain('"eslint/max-lines-per-function": ["error", { "max": 60')
  const disabled = /oxlint-disable(?!.* -- \S)/
  expect(pathsWhere(written, (text) => disabled.test(text))).toEqual([])
})

test('every file says first what it is', () => {
  expect(pathsWhere(written, (text) => !/^(#!.*\n)?\/\*\*/.test(text))).toEqual([])
})

test('only the command and the app read the environment', () => {
  const inner = code.filter(({ path }) => !['cli', 'app'].includes(layerOf(path).layer))
  expect(pathsWhere(inner, (text) => /process\.env\b/.test(text))).toEqual([])
})

test('nothing random, clever or unchecked: no any-casts and no TypeScript that Node cannot strip', () => {
  expect(pathsWhere(code, (text) => /@ts-(ignore|nocheck|expect-error)|\bas any\b/.test(text))).toEqual([])
})

test('a route cannot be written without saying who may call it', () => {
  // A type check, made by tsc: it fails to compile when `access` becomes optional.
  const isRequired: undefined extends Route['access'] ? never : true = true
  expect(isRequired).toBe(true)
})

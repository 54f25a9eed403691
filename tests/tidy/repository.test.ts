/** What must hold for the repository as a whole: dependencies, lock file, generated pages, nothing of one machine. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { generatedFiles } from '../../tools/reference/pages.ts'
import { filesLike, root } from './source-files.ts'

interface Manifest {
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** Our own manifests, in the form that npm gives them. */
function readManifest(path: string): Manifest {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- npm has checked the form
  return JSON.parse(readFileSync(join(root, path), 'utf8')) as Manifest
}

const manifest = readManifest('package.json')
const members = filesLike('packages/*/package.json').map(({ path }) => readManifest(path))

test('the published package depends on exactly what its parts depend on', () => {
  const ofParts = Object.assign({}, ...members.map(({ dependencies }) => dependencies ?? {}))
  const foreign = Object.entries<string>(ofParts).filter(([name]) => !name.startsWith('@plinth/'))
  expect(manifest.dependencies).toEqual(Object.fromEntries(foreign))
})

test('all parts have the version of the whole', () => {
  expect(members.map(({ version }) => version)).toEqual(members.map(() => manifest.version))
})

test('versions are exact', () => {
  const ranges = [manifest, ...members].flatMap(({ dependencies, optionalDependencies }) =>
    Object.values({ ...dependencies, ...optionalDependencies }).filter((version) => !/^\d/.test(version)),
  )
  expect(ranges).toEqual([])
})

test('the lock file names no host to load from', () => {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8')
  const hosts = [...lock.matchAll(/"resolved": "[^"]*:\/\/[^"]*"/g)].map(([line]) => line)
  expect(hosts).toEqual([])
})

test.each(generatedFiles())('$path is what the tables say (else: npm run docs)', ({ path, text }) => {
  expect(readFileSync(join(root, path), 'utf8')).toBe(text)
})

test('nothing of one machine stands in a file', () => {
  const files = filesLike(
    '{*,.*,{.ci,bench,bin,docs,examples,packages,tests,tools}/**/*}.{ts,js,json,md,sql,html,css,toml}',
  )
  expect(files.length).toBeGreaterThan(50)
  const machine = /\/(work|root|home\/\w+)\/|https?:\/\/[^\s'"]*(registry|artifact|mirror)/
  const bad = files.filter(({ path, text }) => path !== 'package-lock.json' && machine.test(text))
  expect(bad.map(({ path, text }) => `${path}: ${machine.exec(text)?.[0]}`)).toEqual([])
})

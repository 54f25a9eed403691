/** Packs the repository as npm would publish it, and installs the result into an empty folder far from the sources. */
import { execFile } from 'node:child_process'
import { accessSync, constants, cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')

/** What `npm pack` needs to see of the repository. A copy, because building writes beside the sources. */
const packed = ['bin', 'packages', 'tools', 'package.json', 'tsconfig.json', 'LICENSE', 'README.md']

/**
 * The environment of a stranger's shell: without the Node and the settings that npm gave this test run, and with a
 * cache that this user may write to.
 */
export function strangersEnv(folder: string): Record<string, string> {
  const kept = new Set([
    'npm_config_registry',
    'npm_config_userconfig',
    'npm_config_globalconfig',
    'npm_config_cafile',
  ])
  const entries = Object.entries(process.env).filter(
    ([name]) =>
      (!/^(npm_|PLINTH_|VITEST|NODE_|INIT_CWD)/.test(name) || kept.has(name)) && name !== 'DATABASE_URL',
  )
  const inherited = Object.fromEntries(entries.map(([name, value]) => [name, value ?? '']))
  const path = (inherited['PATH'] ?? '').split(delimiter).filter((part) => !part.includes('node_modules'))
  return {
    ...inherited,
    PATH: path.join(delimiter),
    HOME: join(folder, 'home'),
    npm_config_cache: npmCache(folder),
    npm_config_update_notifier: 'false',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
  }
}

/** The usual cache, where it is ours: then most of the packages are there already. */
function npmCache(folder: string): string {
  const usual = process.env['npm_config_cache'] ?? join(process.env['HOME'] ?? '', '.npm')
  try {
    mkdirSync(usual, { recursive: true })
    accessSync(usual, constants.W_OK)
    return usual
  } catch {
    return join(folder, 'npm-cache')
  }
}

/** Returns the tarball. */
export async function pack(folder: string): Promise<string> {
  const copy = join(folder, 'checkout')
  mkdirSync(copy, { recursive: true })
  for (const name of packed.filter((entry) => existsSync(join(root, entry)))) {
    cpSync(join(root, name), join(copy, name), {
      recursive: true,
      filter: (path) => !/\/(node_modules|\.plinth)(\/|$)/.test(path.slice(root.length)),
    })
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: copy,
    env: strangersEnv(folder),
  })
  return join(folder, /"filename": "([^"]+)"/.exec(stdout)?.[1] ?? 'nothing was packed')
}

/** A folder with nothing in it but a manifest and the published package. */
export async function install(tarball: string, folder: string): Promise<string> {
  const project = join(folder, 'project')
  mkdirSync(project, { recursive: true })
  writeFileSync(join(project, 'package.json'), '{ "name": "stranger", "private": true }')
  await run('npm', ['install', '--prefer-offline', tarball], { cwd: project, env: strangersEnv(folder) })
  return project
}

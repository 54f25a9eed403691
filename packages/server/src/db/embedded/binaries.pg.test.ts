/** PostgreSQL's programs where the user who runs them cannot reach node_modules, and where install scripts did not run. */
import { chmod, cp, lstat, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { chooseAccount } from './account.ts'
import { binariesFor, findInstalled, linkLibraries } from './binaries.ts'
import { runProgram } from './program.ts'

const isLinuxRoot = process.getuid?.() === 0 && process.platform === 'linux'

async function temporaryFolder(parent = tmpdir()): Promise<string> {
  const folder = await mkdtemp(join(parent, 'plinth-binaries-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

test('makes the links between libraries that npm packages cannot hold', async () => {
  const { native } = await findInstalled()
  const copy = join(await temporaryFolder(), 'native')
  await cp(native, copy, { recursive: true, filter: async (file) => !(await lstat(file)).isSymbolicLink() })
  const version = { program: 'postgres', args: ['--version'], data: '/' }
  expect((await runProgram({ native: copy, account: undefined }, version)).code).not.toBe(0)
  await linkLibraries(copy)
  await linkLibraries(copy)
  expect(await runProgram({ native: copy, account: undefined }, version)).toMatchObject({ code: 0 })
})

test.runIf(isLinuxRoot)('copies them for a user who cannot reach them', async () => {
  const { native, label } = await findInstalled()
  const account = await chooseAccount({ runAs: undefined, data: '/nowhere' })
  // Made with mode 0700, for root.
  const unreachable = join(await temporaryFolder(), 'native')
  await cp(native, unreachable, { recursive: true, verbatimSymlinks: true })
  // Several servers start at once. /var/lib, because everybody can enter it and only root can write to it.
  const copies = join(await temporaryFolder('/var/lib'), 'below')
  await chmod(join(copies, '..'), 0o755)
  const installed = { native: unreachable, label }
  const found = await Promise.all([1, 2, 3].map(() => binariesFor(account, installed, copies)))
  expect(new Set(found)).toEqual(new Set([join(copies, `postgres-${label}`)]))
  expect(await readdir(copies)).toEqual([`postgres-${label}`])
  const listed = await readdir(native, { recursive: true })
  const wanted = listed.filter((name) => !name.endsWith('.a'))
  expect((await readdir(found[0] ?? '', { recursive: true })).toSorted()).toEqual(wanted.toSorted())
})

test.runIf(isLinuxRoot)('does not trust a place that others may write to', async () => {
  const { native, label } = await findInstalled()
  const account = await chooseAccount({ runAs: undefined, data: '/nowhere' })
  const unreachable = join(await temporaryFolder(), 'native')
  await cp(join(native, 'bin'), join(unreachable, 'bin'), { recursive: true })
  const started = binariesFor(account, { native: unreachable, label }, tmpdir())
  await expect(started).rejects.toThrow('others than root may write')
})

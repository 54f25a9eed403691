/** The database files: made whole or not at all, and looked at before they are used. */
import {
  chown,
  lchown,
  mkdir,
  mkdtemp,
  open,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { syncFolder } from '../../kernel/durable-file.ts'
import { unlessErrno } from '../../kernel/errno.ts'
import { Failure } from '../../kernel/failure.ts'
import type { Observe } from '../../kernel/observe.ts'
import { savePasswordMark, settlePassword } from './password.ts'
import { dataIn } from './postmaster-file.ts'
import { dataArgument, runProgram, type Runtime } from './program.ts'
import { tunedSettings } from './tuning.ts'

export interface ClusterWish {
  readonly runtime: Runtime
  /** The data folder. */
  readonly folder: string
  /** Of the superuser `postgres`. */
  readonly password: string
  readonly observe: Observe
}

const majorVersion = '18'
const draftPrefix = 'postgres.new-'

/** Makes the files in `<folder>/postgres` ready to be served: creates them, or checks those that are there. */
export async function prepareCluster(wish: ClusterWish): Promise<void> {
  await removeDrafts(wish.folder)
  if (await isMissing(dataIn(wish.folder))) {
    await createCluster(wish)
    return
  }
  await refuseForeign(wish.folder)
  await giveTo(wish.runtime, dataIn(wish.folder))
  await writeSettings(wish.runtime, dataIn(wish.folder))
  await settlePassword(wish.runtime, wish.folder, wish.password)
}

/** What an initdb that was cut short has left. */
async function removeDrafts(folder: string): Promise<void> {
  const drafts = (await readdir(folder)).filter((name) => name.startsWith(draftPrefix))
  // Its initdb may still be writing there, for a second: then the next start removes it.
  const remove = (name: string) => rm(join(folder, name), { recursive: true, force: true, maxRetries: 3 })
  await Promise.all(drafts.map((name) => remove(name).catch(() => undefined)))
}

async function isMissing(data: string): Promise<boolean> {
  const entries = await unlessErrno(['ENOENT'], readdir(data))
  return entries === undefined || entries.length === 0
}

async function refuseForeign(folder: string): Promise<void> {
  const data = dataIn(folder)
  const version = await unlessErrno(['ENOENT'], readFile(join(data, 'PG_VERSION'), 'utf8'))
  if (version === undefined) unusable(folder, `${data} holds other files than PostgreSQL's`)
  if (version.trim() !== majorVersion) {
    unusable(folder, `it was made by PostgreSQL ${version.trim()}, and this is PostgreSQL ${majorVersion}`)
  }
}

/** Makes the files in a folder beside their place, and moves them there when they are complete and on disk. */
async function createCluster(wish: ClusterWish): Promise<void> {
  const startedAt = performance.now()
  const draft = await mkdtemp(join(wish.folder, draftPrefix))
  const data = join(draft, 'data')
  try {
    await mkdir(data, { mode: 0o700 })
    await writeFile(join(draft, 'password'), `${wish.password}\n`, { mode: 0o600 })
    await giveTo(wish.runtime, draft)
    await initdb(wish.runtime, data)
    await writeSettings(wish.runtime, data)
    await includeSettings(wish.runtime, data)
    await rename(data, dataIn(wish.folder))
    await syncFolder(wish.folder)
    await savePasswordMark(wish.folder, wish.password)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  wish.observe('postgres_created', { durationMs: Math.round(performance.now() - startedAt) })
}

async function initdb(runtime: Runtime, data: string): Promise<void> {
  const where = dataArgument(runtime, data)
  const args = [
    `--pgdata=${where}`,
    `--pwfile=${where}/../password`,
    '--username=postgres',
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // ICU sorts alike on every system; the system's own locale only classifies characters.
    '--locale-provider=icu',
    '--icu-locale=en-US',
    `--locale=${process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8'}`,
    '--lc-messages=C',
    '--data-checksums',
  ]
  const { code, output } = await runProgram(runtime, { program: 'initdb', args, data })
  if (code === 0) return
  throw new Failure('postgres_unavailable', { reason: `initdb failed:\n${output.trim()}` })
}

/** Refuses files that we may not read: those of an earlier run by root, when we are somebody else now. */
export async function refuseOtherOwner(runtime: Runtime, folder: string): Promise<void> {
  const owner = (await unlessErrno(['ENOENT'], stat(dataIn(folder))))?.uid
  const self = process.getuid?.()
  if (owner === undefined || owner === self || runtime.account !== undefined) return
  const advice = 'start Plinth as root or as that user, or use another --data-dir'
  unusable(folder, `its database belongs to user ${owner}, and this is user ${self}: ${advice}`)
}

/** Lets the user who runs PostgreSQL have the folder. PostgreSQL insists on owning it. */
async function giveTo({ account }: Runtime, folder: string): Promise<void> {
  if (account === undefined || (await stat(folder)).uid === account.uid) return
  const names = await readdir(folder, { recursive: true })
  await Promise.all(names.map((name) => lchown(join(folder, name), account.uid, account.gid)))
  // Last, because its owner tells whether the rest is done.
  await chown(folder, account.uid, account.gid)
}

async function writeSettings(runtime: Runtime, data: string): Promise<void> {
  // What a container may use, where it is less than the machine has.
  const text = tunedSettings(Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY))
  const present = await unlessErrno(['ENOENT'], readFile(join(data, 'plinth.conf'), 'utf8'))
  if (present !== text)
    await runShell(runtime, data, ['cat >plinth.conf.new && mv plinth.conf.new plinth.conf', text])
}

async function includeSettings(runtime: Runtime, data: string): Promise<void> {
  const text = "\n# Plinth's settings. Put yours below this line.\ninclude = 'plinth.conf'\n"
  await runShell(runtime, data, ['cat >>postgresql.conf', text])
  const handle = await open(join(data, 'postgresql.conf'))
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Writes as the user who owns the folder, never as root: who owns a folder can put a link there, and root would
 * follow it to any file of the system.
 */
async function runShell(runtime: Runtime, data: string, [script, input]: [string, string]): Promise<void> {
  const command = { program: '/bin/sh', args: ['-c', script], data }
  const { code, output } = await runProgram(runtime, command, input)
  if (code !== 0) unusable(data, output.trim())
}

function unusable(folder: string, reason: string): never {
  throw new Failure('data_folder_unusable', { folder, reason })
}

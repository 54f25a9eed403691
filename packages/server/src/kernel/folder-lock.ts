/**
 * `plinth.pid`: who runs on a data folder. A lock whose holder has died is taken over, by exactly one of those who try.
 */
import { randomUUID } from 'node:crypto'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoOf, unlessErrno } from './errno.ts'
import { Failure } from './failure.ts'
import { startToken } from './start-token.ts'

/** What the lock file holds. */
interface Holder {
  readonly pid: number
  /** Start token of the process, because pids are used again. */
  readonly started: string
  /** Differs for each taking of the lock. */
  readonly nonce: string
}

export interface FolderLock {
  /** Gives the folder free. Does nothing when the lock is no longer ours. */
  release(): Promise<void>
}

/** A lock file that nobody wrote whole: what a power cut leaves behind. */
const broken: Holder = { pid: 0, started: '', nonce: 'broken' }

const attemptsMax = 100

/** Takes the folder for this process, or refuses with `data_folder_taken`. */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const file = join(folder, 'plinth.pid')
  const started = await startToken(process.pid)
  const self: Holder = { pid: process.pid, started: started ?? '', nonce: randomUUID() }
  const holder = await take(file, self)
  if (holder !== undefined) throw new Failure('data_folder_taken', { folder, pid: holder.pid })
  return {
    async release() {
      const current = await readHolder(file)
      if (current?.nonce === self.nonce) await rm(file, { force: true })
    },
  }
}

/** The pid of the server that runs on the folder now. */
export async function lockHolder(folder: string): Promise<number | undefined> {
  const holder = await readHolder(join(folder, 'plinth.pid'))
  return holder !== undefined && (await isAlive(holder)) ? holder.pid : undefined
}

/** Takes the lock `file` for `self`; or gives the living process that has it. */
async function take(file: string, self: Holder): Promise<Holder | undefined> {
  // Written whole and then linked to its name, so that nobody ever reads half a lock.
  const draft = `${file}.${self.nonce}.new`
  await writeFile(draft, JSON.stringify(self), { mode: 0o600 })
  try {
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      if (await linkNew(draft, file)) return undefined
      const holder = await readHolder(file)
      if (holder === undefined) continue
      if (await isAlive(holder)) return holder
      const outcome = await takeOver({ file, draft, self, stale: holder })
      if (outcome === 'taken') return undefined
      if (outcome !== 'changed') return outcome
    }
  } finally {
    await rm(draft, { force: true })
  }
  throw new Error(`${file} keeps changing`)
}

/**
 * Replaces the lock of a dead process. The right to do so is itself a lock, named after the dead one, and whoever holds
 * it looks again first: so of all who saw this stale lock only one replaces it, and none replaces a newer one.
 */
async function takeOver(step: {
  file: string
  draft: string
  self: Holder
  stale: Holder
}): Promise<Holder | 'taken' | 'changed'> {
  const guard = `${step.file}.${step.stale.nonce}`
  const other = await take(guard, step.self)
  if (other !== undefined) return other
  try {
    const current = await readHolder(step.file)
    if (current?.nonce !== step.stale.nonce) return 'changed'
    await rename(step.draft, step.file)
    return 'taken'
  } finally {
    await rm(guard, { force: true })
  }
}

async function linkNew(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file)
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    throw error
  }
}

async function readHolder(file: string): Promise<Holder | undefined> {
  const text = await unlessErrno(['ENOENT'], readFile(file, 'utf8'))
  return text === undefined ? undefined : parseHolder(text)
}

/** Reads the text of a lock file. */
function parseHolder(text: string): Holder {
  try {
    const value: unknown = JSON.parse(text)
    return isHolder(value) ? value : broken
  } catch {
    return broken
  }
}

function isHolder(value: unknown): value is Holder {
  if (typeof value !== 'object' || value === null) return false
  if (!('pid' in value && 'started' in value && 'nonce' in value)) return false
  if (typeof value.started !== 'string' || typeof value.nonce !== 'string') return false
  // The nonce becomes part of a file name.
  return Number.isSafeInteger(value.pid) && Number(value.pid) > 0 && /^[\w-]{1,64}$/.test(value.nonce)
}

async function isAlive(holder: Holder): Promise<boolean> {
  if (holder === broken) return false
  return (await startToken(holder.pid)) === holder.started
}

/** The data folder (`.plinth/`): one running server at a time, and the secrets that belong to it. */
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { writeDurably } from './durable-file.ts'
import { errnoOf, unlessErrno } from './errno.ts'
import { Failure } from './failure.ts'
import { lockFolder, lockHolder } from './folder-lock.ts'

export interface DataFolder {
  /** Absolute path. */
  readonly path: string
  /**
   * The secret stored under `name` in keys.json (mode 0600), or what `create` makes, stored durably before it is
   * returned. Calls may overlap.
   */
  secret(name: string, create: () => string | Promise<string>): Promise<string>
}

/** A data folder that this process alone uses until it calls `release`. */
export interface OpenDataFolder extends DataFolder {
  /** Gives the folder free for the next server. Call it last, when nothing uses the folder any more. */
  release(): Promise<void>
}

/** What others may know about a data folder. */
export interface DataFolderFacts {
  /** The server that runs on it now. */
  readonly pid: number | undefined
  readonly secrets: Readonly<Record<string, string>>
}

/**
 * Makes the folder where it is missing, and takes it. Refuses with `data_folder_taken` while another server has it,
 * `data_folder_unusable` where the system does not let us, and `keys_invalid` when keys.json is not what we wrote.
 */
export function openDataFolder(path: string): Promise<OpenDataFolder> {
  const folder = resolve(path)
  return explained(folder, async () => {
    await makeFolder(folder)
    const lock = await lockFolder(folder)
    try {
      const secrets = await readSecrets(folder)
      return { path: folder, secret: secretStore(folder, secrets), release: () => lock.release() }
    } catch (cause) {
      await lock.release()
      throw cause
    }
  })
}

/** For commands that look at a folder from outside. A folder that does not exist has no server and no secrets. */
export function readDataFolder(path: string): Promise<DataFolderFacts> {
  const folder = resolve(path)
  return explained(folder, async () => ({
    pid: await lockHolder(folder),
    secrets: Object.fromEntries(await readSecrets(folder)),
  }))
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true })
  try {
    await mkdir(folder, { mode: 0o700 })
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
    if (!(await stat(folder)).isDirectory()) unusable(folder, 'it is not a folder')
    return
  }
  // Where there is no /proc, PostgreSQL finds its files by path; run by root it is another user, who must get through.
  if (process.getuid?.() === 0 && process.platform !== 'linux') await chmod(folder, 0o711)
  // The folder usually lies in a project: its keys must not end up in a repository.
  await writeFile(join(folder, '.gitignore'), '*\n')
}

function secretStore(folder: string, secrets: Map<string, string>): DataFolder['secret'] {
  const underway = new Map<string, Promise<string>>()
  let lastWrite: Promise<void> = Promise.resolve()

  async function write(): Promise<void> {
    const text = JSON.stringify(Object.fromEntries(secrets), undefined, 2)
    await explained(folder, () => writeDurably(join(folder, 'keys.json'), `${text}\n`))
  }

  async function make(name: string, create: () => string | Promise<string>): Promise<string> {
    try {
      const made = await create()
      secrets.set(name, made)
      // One write at a time, and one that fails must not fail those that wait behind it.
      lastWrite = lastWrite.catch(() => undefined).then(write)
      await lastWrite
      return made
    } catch (cause) {
      secrets.delete(name)
      throw cause
    } finally {
      underway.delete(name)
    }
  }

  return (name, create) => {
    // First those that are not stored yet: they are known already, but must not be used before they are durable.
    const pending = underway.get(name)
    if (pending !== undefined) return pending
    const known = secrets.get(name)
    if (known !== undefined) return Promise.resolve(known)
    const made = make(name, create)
    underway.set(name, made)
    return made
  }
}

async function readSecrets(folder: string): Promise<Map<string, string>> {
  const source = join(folder, 'keys.json')
  const text = await unlessErrno(['ENOENT'], readFile(source, 'utf8'))
  return text === undefined ? new Map() : parseSecrets(text, source)
}

/** Reads the text of keys.json, or refuses: to go on would mean new keys, and every client's old ones stop working. */
export function parseSecrets(text: string, source: string): Map<string, string> {
  const value = parseJson(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Failure('keys_invalid', {
      source,
      reason: 'the file is not a JSON object: restore it from a backup',
    })
  }
  const secrets = new Map<string, string>()
  for (const [name, secret] of Object.entries(value)) {
    if (typeof secret !== 'string')
      throw new Failure('keys_invalid', { source, reason: `${name} is not a text` })
    secrets.set(name, secret)
  }
  return secrets
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Turns what the operating system refuses into a refusal that says what to do. */
async function explained<T>(folder: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (cause) {
    const errno = errnoOf(cause)
    if (errno === undefined || !(cause instanceof Error)) throw cause
    if (errno !== 'EACCES' && errno !== 'EPERM') unusable(folder, cause.message)
    const owner = await stat(folder).catch(() => undefined)
    if (owner === undefined || owner.uid === process.getuid?.()) unusable(folder, cause.message)
    const advice = 'start Plinth as that user, or use another --data-dir'
    return unusable(
      folder,
      `it belongs to user ${owner.uid}, and this is user ${process.getuid?.()}: ${advice}`,
    )
  }
}

function unusable(folder: string, reason: string): never {
  throw new Failure('data_folder_unusable', { folder, reason })
}

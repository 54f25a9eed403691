/** What a running server tells about itself: to `plinth status`, to scripts, to the summary at start. */
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { readDataFolder } from '../kernel/data-folder.ts'
import { writeDurably } from '../kernel/durable-file.ts'

/** The fields of `plinth status --json`. Null stands for what this run does not serve. */
export interface Status {
  readonly api_url: string
  /** Holds the password. */
  readonly db_url: string
  readonly studio_url: string | null
  readonly anon_key: string
  readonly service_role_key: string
  readonly publishable_key: string
  readonly secret_key: string
  readonly jwt_secret: string
  readonly s3_url: string | null
  readonly s3_access_key: string | null
  readonly s3_secret_key: string | null
  readonly pid: number
  readonly version: string
}

const fileName = 'status.json'

/** Kept beside the keys, as readable as they are (0600). */
export async function writeStatus(folder: string, status: Status): Promise<void> {
  await writeDurably(path.join(folder, fileName), JSON.stringify(status))
}

export async function removeStatus(folder: string): Promise<void> {
  await rm(path.join(folder, fileName), { force: true })
}

/** The status of the server that runs on `folder` and is ready; undefined when there is none. */
export async function readStatus(folder: string): Promise<Status | undefined> {
  const pid = await runningPid(folder)
  if (pid === undefined) return undefined
  const text = await readFile(path.join(folder, fileName), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- we wrote the file; the pid tells that it is current
  const status = JSON.parse(text) as Status
  return status.pid === pid ? status : undefined
}

/** The process that runs on `folder`; undefined when there is none. */
export async function runningPid(folder: string): Promise<number | undefined> {
  return (await readDataFolder(folder)).pid
}

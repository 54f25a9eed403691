/** `postmaster.pid`: what a running PostgreSQL writes about itself beside its files. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { unlessErrno } from '../../kernel/errno.ts'

/** The folder of the database files within the data folder. */
export function dataIn(folder: string): string {
  return join(folder, 'postgres')
}

export interface PostmasterFile {
  readonly pid: number
  /** True once it takes connections. */
  readonly isReady: boolean
}

/** Reads the file of the database in `data`; undefined when there is none that makes sense. */
export async function readPostmasterFile(data: string): Promise<PostmasterFile | undefined> {
  const text = await unlessErrno(['ENOENT'], readFile(join(data, 'postmaster.pid'), 'utf8'))
  return text === undefined ? undefined : parsePostmasterFile(text)
}

/** Reads the text of the file: line 1 is the pid, line 8 the state. It grows while PostgreSQL starts. */
export function parsePostmasterFile(text: string): PostmasterFile | undefined {
  const lines = text.split('\n')
  const pid = /^\d{1,10}$/.test(lines[0] ?? '') ? Number(lines[0]) : 0
  // A pid that no process can have; signals to 0 and 1 would hit our own group, or the whole container.
  if (pid < 2 || pid > 0x7f_ff_ff_ff) return undefined
  return { pid, isReady: lines[7]?.trim() === 'ready' }
}

/** Memory of a process. */
import { readFile } from 'node:fs/promises'

/** Linux: VmRSS, in bytes; NaN elsewhere. */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? NaN) * 1024
}

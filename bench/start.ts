/** Time from the command to the first answer: on an empty folder, and on existing data. */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startServer } from '../tests/start-server.ts'
import type { Bench } from './main.ts'

const rounds = 5

export const benchStart: Bench = {
  summary: 'Cold start on an empty folder and restart on existing data, examples/todos as the project',
  async run() {
    const empty: number[] = []
    const again: number[] = []
    for (let round = 0; round < rounds; round++) {
      const folder = await mkdtemp(path.join(tmpdir(), 'plinth-bench-start-'))
      // Started by root, PostgreSQL runs as another user, who has to get through.
      await chmod(folder, 0o755)
      empty.push(await timeStart(path.join(folder, 'data')))
      again.push(await timeStart(path.join(folder, 'data')))
      await rm(folder, { recursive: true, force: true })
    }
    return [
      { name: 'Empty folder to ready, median', value: median(empty), unit: 's', atMost: 3 },
      { name: 'Restart on existing data, median', value: median(again), unit: 's', atMost: 1 },
    ]
  },
}

/** Seconds from spawning the command until it says that it is ready. */
async function timeStart(dataFolder: string): Promise<number> {
  const project = new URL('../examples/todos', import.meta.url).pathname
  const startedAt = performance.now()
  const server = await startServer({ project, dataFolder })
  const seconds = (performance.now() - startedAt) / 1000
  await server.stop()
  return seconds
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}

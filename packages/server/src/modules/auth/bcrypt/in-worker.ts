/** Runs a bcrypt check in a thread of its own. A thread for each is dear, but each user needs it only once. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

export interface BcryptTask {
  readonly password: string
  readonly encoded: string
}

export async function verifyBcryptInWorker(task: BcryptTask): Promise<boolean> {
  // Compiled, the program stands beside us under another name.
  const name = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js'
  const worker = new Worker(new URL(name, import.meta.url), { workerData: task })
  try {
    const [isMatch] = await once(worker, 'message')
    return isMatch === true
  } finally {
    await worker.terminate()
  }
}

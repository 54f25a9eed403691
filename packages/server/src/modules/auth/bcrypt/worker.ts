/** The program of a worker thread that checks one password and ends. */
import { parentPort, workerData } from 'node:worker_threads'
import { verifyBcrypt } from './bcrypt.ts'
import type { BcryptTask } from './in-worker.ts'

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only in-worker.ts starts this
const { password, encoded } = workerData as BcryptTask
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort?.postMessage(verifyBcrypt(password, encoded))

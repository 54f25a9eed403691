/**
 * Hashes and checks passwords with argon2id in worker threads; checks bcrypt hashes, which users bring along. Only so many at once, because each takes megabytes and a
 * whole processor; only so many may wait, because a queue that grows helps nobody.
 */
import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { hash, parseOptions, verify } from '@node-rs/argon2'
import { Failure } from '../../kernel/failure.ts'
import { isBcrypt } from './bcrypt/bcrypt.ts'
import { verifyBcryptInWorker } from './bcrypt/in-worker.ts'

export interface PasswordHasher {
  /** A hash with its own salt and parameters, in PHC form. */
  hash(password: string): Promise<string>
  /**
   * True when `password` is the one of `encoded`. Without a hash it does the same work for nothing, so that time does
   * not tell whether there is such a user.
   */
  verify(password: string, encoded: string | null): Promise<boolean>
  /** True when a hash was made with other parameters than new ones are. */
  isOutdated(encoded: string): boolean
  /** Whether `verify` can read this kind of hash. */
  canVerify(encoded: string): boolean
}

export interface HasherOptions {
  readonly hashMemoryKib: number
  readonly hashIterations: number
  /** 0 stands for the number of processors. */
  readonly hashConcurrency: number
  readonly hashQueueMax: number
}

export async function createPasswordHasher(options: HasherOptions): Promise<PasswordHasher> {
  const parameters = { memoryCost: options.hashMemoryKib, timeCost: options.hashIterations, parallelism: 1 }
  const slots = createSlots(options)
  const nobody = await hash(randomBytes(16), parameters)
  return {
    hash: (password) => slots.within(() => hash(password, parameters)),
    verify: async (password, encoded) => {
      if (encoded !== null && isBcrypt(encoded))
        return slots.within(() => verifyBcryptInWorker({ password, encoded }))
      const isReal = encoded !== null && isArgon2(encoded)
      const isMatch = await slots.within(() => verify(isReal ? encoded : nobody, password))
      return isReal && isMatch
    },
    isOutdated: (encoded) => {
      if (!isArgon2(encoded)) return true
      const { memoryCost, timeCost, parallelism } = parseOptions(encoded)
      return (
        memoryCost !== parameters.memoryCost ||
        timeCost !== parameters.timeCost ||
        parallelism !== parameters.parallelism
      )
    },
    canVerify: (encoded) => isArgon2(encoded) || isBcrypt(encoded),
  }
}

/** No more than this is accepted from a given hash, which says itself how much work it is. */
const givenMemoryKibMax = 262_144
const givenIterationsMax = 20

function isArgon2(encoded: string): boolean {
  if (!encoded.startsWith('$argon2') || encoded.length > 512) return false
  try {
    const { memoryCost, timeCost, parallelism } = parseOptions(encoded)
    return memoryCost <= givenMemoryKibMax && timeCost <= givenIterationsMax && parallelism <= 16
  } catch {
    return false
  }
}

interface Slots {
  within<T>(work: () => Promise<T>): Promise<T>
}

function createSlots({ hashConcurrency, hashQueueMax }: HasherOptions): Slots {
  let free = hashConcurrency === 0 ? availableParallelism() : hashConcurrency
  const waiting: (() => void)[] = []

  async function take(): Promise<void> {
    if (free > 0) {
      free -= 1
      return
    }
    if (waiting.length >= hashQueueMax) throw new Failure('over_request_rate_limit', {})
    await new Promise<void>((resolve) => {
      waiting.push(resolve)
    })
  }

  /** A slot goes straight to whoever waits longest, so that newcomers cannot overtake. */
  function give(): void {
    const next = waiting.shift()
    if (next === undefined) free += 1
    else next()
  }

  return {
    within: async (work) => {
      await take()
      try {
        return await work()
      } finally {
        give()
      }
    },
  }
}

/** The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding. */
import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto'

/** A hostile server must not make us hash for minutes. PostgreSQL's default is 4096. */
const iterationsMax = 1_000_000

export interface ScramExchange {
  readonly clientFirst: string
  /** Answers the server's first message; throws when it does not continue our exchange. */
  answer(serverFirst: string): string
  /** Throws unless the server has proved that it knows the password too. */
  verify(serverFinal: string): void
  /** Throws unless `verify` has passed: a false server could leave that step out. */
  assertProved(): void
}

export function startScram(password: string): ScramExchange {
  const nonce = randomBytes(18).toString('base64')
  const clientFirstBare = `n=,r=${nonce}`
  let expectedSignature: Buffer | undefined
  let isProved = false

  function answer(serverFirst: string): string {
    const { r, s, i } = parseAttributes(serverFirst)
    const iterations = Number(i)
    if (r === undefined || s === undefined || !r.startsWith(nonce) || r.length === nonce.length)
      throw new Error('SCRAM: the server changed our nonce')
    if (!Number.isSafeInteger(iterations) || iterations < 1 || iterations > iterationsMax)
      throw new Error('SCRAM: the iteration count is out of bounds')
    const salted = pbkdf2Sync(password.normalize('NFKC'), Buffer.from(s, 'base64'), iterations, 32, 'sha256')
    const clientKey = hmac(salted, 'Client Key')
    const withoutProof = `c=biws,r=${r}`
    const message = `${clientFirstBare},${serverFirst},${withoutProof}`
    const signature = hmac(createHash('sha256').update(clientKey).digest(), message)
    const proof = clientKey.map((byte, index) => byte ^ (signature[index] ?? 0))
    expectedSignature = hmac(hmac(salted, 'Server Key'), message)
    return `${withoutProof},p=${Buffer.from(proof).toString('base64')}`
  }

  function verify(serverFinal: string): void {
    const signature = Buffer.from(parseAttributes(serverFinal)['v'] ?? '', 'base64')
    isProved =
      expectedSignature !== undefined &&
      signature.length === expectedSignature.length &&
      timingSafeEqual(signature, expectedSignature)
    assertProved()
  }

  function assertProved(): void {
    if (!isProved) throw new Error('SCRAM: the server could not prove that it knows the password')
  }

  return { clientFirst: `n,,${clientFirstBare}`, answer, verify, assertProved }
}

function hmac(key: Uint8Array, message: string): Buffer {
  return createHmac('sha256', key).update(message).digest()
}

function parseAttributes(message: string): Record<string, string | undefined> {
  return Object.fromEntries(message.split(',').map((part) => [part.slice(0, 1), part.slice(2)]))
}

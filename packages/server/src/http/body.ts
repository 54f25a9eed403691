/** Reads a request's body within bounds of size and time. */
import type { IncomingMessage } from 'node:http'
import { Failure } from '../kernel/failure.ts'

export interface BodyBounds {
  readonly bytesMax: number
  /** A body that brings nothing for this long is given up. */
  readonly stallMs: number
}

/** However steadily it trickles in: nobody holds a request open for longer. */
const bodyMsMax = 300_000

/** The whole body. Refuses with `body_too_large`, `body_timeout`, or `client_closed_request` when it is cut off. */
export async function readBody(
  incoming: IncomingMessage,
  bounds: BodyBounds,
): Promise<Uint8Array<ArrayBuffer>> {
  const { bytesMax, stallMs } = bounds
  const tooLarge = new Failure('body_too_large', { bytesMax })
  if (Number(incoming.headers['content-length'] ?? 0) > bytesMax) throw tooLarge
  const chunks: Buffer[] = []
  let bytes = 0
  return new Promise((resolve, reject) => {
    const timeout = (): void => reject(new Failure('body_timeout', {}))
    const timer = setTimeout(timeout, stallMs)
    const whole = setTimeout(timeout, bodyMsMax)
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      // What comes behind the bound is read and dropped, so that the refusal reaches a client that is still sending.
      if (bytes > bytesMax) reject(tooLarge)
      else chunks.push(chunk)
      timer.refresh()
    })
    incoming.once('end', () => resolve(Buffer.concat(chunks)))
    incoming.once('close', () => {
      clearTimeout(timer)
      clearTimeout(whole)
      reject(new Failure('client_closed_request', {}))
    })
    incoming.once('error', () => reject(new Failure('client_closed_request', {})))
  })
}

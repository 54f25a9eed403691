/** Cuts the byte stream of the server into messages, without copying those that arrive whole. */

/** Receives one message: its type byte, and its body, which stays valid. */
export type MessageHandler = (type: number, body: Buffer) => void

/** No honest message is longer: PostgreSQL's own limit for one field is 1 GB. */
const messageBytesMax = 0x4000_0000

export class MessageReader {
  readonly #handle: MessageHandler
  #pending: Buffer[] = []
  #pendingBytes = 0
  /** Bytes that must be there before looking again is worth it. */
  #neededBytes = 5

  constructor(handle: MessageHandler) {
    this.#handle = handle
  }

  push(chunk: Buffer): void {
    if (this.#pendingBytes === 0) {
      this.#keep(chunk, this.#consume(chunk))
      return
    }
    this.#pending.push(chunk)
    this.#pendingBytes += chunk.length
    if (this.#pendingBytes < this.#neededBytes) return
    const joined = Buffer.concat(this.#pending, this.#pendingBytes)
    this.#pending = []
    this.#pendingBytes = 0
    this.#keep(joined, this.#consume(joined))
  }

  /** Handles all whole messages; answers where the rest begins. */
  #consume(buffer: Buffer): number {
    let at = 0
    while (buffer.length - at >= 5) {
      const end = at + 1 + buffer.readUInt32BE(at + 1)
      if (end - at > messageBytesMax) throw new Error('a message from the server is too long')
      if (end > buffer.length) {
        this.#neededBytes = end - at
        return at
      }
      this.#handle(buffer[at] ?? 0, buffer.subarray(at + 5, end))
      at = end
    }
    this.#neededBytes = 5
    return at
  }

  #keep(buffer: Buffer, from: number): void {
    if (from === buffer.length) return
    this.#pending.push(from === 0 ? buffer : buffer.subarray(from))
    this.#pendingBytes = buffer.length - from
  }
}

/** Cuts the byte stream of the server into messages, without copying those that arrive whole. */

/** Receives one message: its type byte, and its body, which stays valid. */
export type MessageHandler = (type: number, body: Buffer) => void

/** No honest message is longer: PostgreSQL's own limit for one field is 1 GB. */
const messageBytesMax = 0x4000_0000
/** Type and length; the length counts itself, and not the type. */
const headBytes = 5

export class MessageReader {
  readonly #handle: MessageHandler
  /** The beginning of a message whose length has not come yet. */
  #head: Buffer = Buffer.alloc(0)
  /** A message that has come in part, with room for all of it, and how much of it is there. */
  #part: Buffer | undefined
  #partBytes = 0

  constructor(handle: MessageHandler) {
    this.#handle = handle
  }

  /** Throws what the handler throws, and when the bytes cannot be PostgreSQL's; the stream is of no use after that. */
  push(chunk: Buffer): void {
    const from = this.#complete(chunk)
    if (this.#head.length === 0) {
      this.#consume(chunk, from)
      return
    }
    const joined = Buffer.concat([this.#head, chunk])
    this.#head = Buffer.alloc(0)
    this.#consume(joined, 0)
  }

  /** Goes on with the message that has come in part; answers where in the chunk the next one begins. */
  #complete(chunk: Buffer): number {
    const part = this.#part
    if (part === undefined) return 0
    const taken = chunk.copy(part, this.#partBytes)
    this.#partBytes += taken
    if (this.#partBytes === part.length) {
      this.#part = undefined
      this.#handle(part[0] ?? 0, part.subarray(headBytes))
    }
    return taken
  }

  /** Handles all whole messages, and keeps what has come of the next. */
  #consume(buffer: Buffer, from: number): void {
    let at = from
    while (buffer.length - at >= headBytes) {
      const bytes = 1 + buffer.readUInt32BE(at + 1)
      if (bytes < headBytes || bytes > messageBytesMax)
        throw new Error(`a message from the server cannot have ${bytes} bytes: this is not PostgreSQL`)
      if (at + bytes > buffer.length) {
        this.#part = Buffer.allocUnsafe(bytes)
        this.#partBytes = buffer.copy(this.#part, 0, at)
        return
      }
      this.#handle(buffer[at] ?? 0, buffer.subarray(at + headBytes, at + bytes))
      at += bytes
    }
    if (at < buffer.length) this.#head = buffer.subarray(at)
  }
}

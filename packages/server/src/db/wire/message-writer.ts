/**
 * Writes frontend messages into one growing buffer, so that all messages of a tick leave in one socket write.
 * Layouts: PostgreSQL documentation, "Frontend/Backend Protocol", Message Formats.
 */
import { assert } from '../../kernel/failure.ts'
import type { Value } from '../sql.ts'

/** Large enough for many ticks: what is taken is cut off its front, and not copied. */
const slabBytes = 65_536
const slabBytesMin = 2048

export class MessageWriter {
  #buffer = Buffer.alloc(0)
  /** Where what waits to be taken begins and ends. */
  #start = 0
  #length = 0

  /** How many bytes wait to be taken. */
  get length(): number {
    return this.#length - this.#start
  }

  /** All bytes written so far; the writer is empty afterwards. They are never written over. */
  take(): Buffer {
    const taken = this.#buffer.subarray(this.#start, this.#length)
    this.#start = this.#length
    return taken
  }

  /** Start-up packet, protocol 3.0. */
  startup(parameters: Readonly<Record<string, string>>): void {
    const start = this.#untyped()
    this.#int32(196_608)
    for (const [name, value] of Object.entries(parameters)) {
      this.#text(name)
      this.#text(value)
    }
    this.#byte(0)
    this.#end(start)
  }

  /** Asks for TLS; the server answers with one byte, S or N. */
  sslRequest(): void {
    const start = this.#untyped()
    this.#int32(80_877_103)
    this.#end(start)
  }

  /** Goes out on a connection of its own, and is all that is sent there. */
  cancelRequest(processId: number, secret: Buffer): void {
    const start = this.#untyped()
    this.#int32(80_877_102)
    this.#int32(processId)
    this.#bytes(secret)
    this.#end(start)
  }

  /** Password, or a step of SASL: both are message `p`. */
  password(content: Buffer): void {
    const start = this.#begin('p')
    this.#bytes(content)
    this.#end(start)
  }

  saslInitial(mechanism: string, content: Buffer): void {
    const start = this.#begin('p')
    this.#text(mechanism)
    this.#int32(content.length)
    this.#bytes(content)
    this.#end(start)
  }

  parse(name: string, text: string): void {
    const start = this.#begin('P')
    this.#text(name)
    this.#text(text)
    this.#int16(0)
    this.#end(start)
  }

  describeStatement(name: string): void {
    this.#named('D', name)
  }

  closeStatement(name: string): void {
    this.#named('C', name)
  }

  /** Binds the unnamed portal; parameters and results in text format. */
  bind(name: string, values: readonly Value[]): void {
    const start = this.#begin('B')
    this.#byte(0)
    this.#text(name)
    this.#int16(0)
    // Not signed, unlike the other counts.
    this.#int16(values.length > 0x7fff ? values.length - 0x1_0000 : values.length)
    for (const value of values) this.#value(value)
    this.#int16(0)
    this.#end(start)
  }

  /** Runs the unnamed portal to its end. */
  execute(): void {
    const start = this.#begin('E')
    this.#byte(0)
    this.#int32(0)
    this.#end(start)
  }

  sync(): void {
    this.#end(this.#begin('S'))
  }

  /** Refuses the COPY FROM STDIN that the statement before it may have started; means nothing otherwise. */
  copyFail(reason: string): void {
    const start = this.#begin('f')
    this.#text(reason)
    this.#end(start)
  }

  terminate(): void {
    this.#end(this.#begin('X'))
  }

  #named(type: string, name: string): void {
    const start = this.#begin(type)
    this.#byte(0x53)
    this.#text(name)
    this.#end(start)
  }

  #value(value: Value): void {
    if (value === null) {
      this.#int32(-1)
      return
    }
    if (typeof value !== 'string') {
      this.#int32(value.length)
      this.#bytes(value)
      return
    }
    // The length stands before the text and is only known after it is written.
    const bytes = roomFor(value)
    this.#reserve(4 + bytes)
    const lengthAt = this.#length
    this.#length += 4 + this.#buffer.write(value, lengthAt + 4, 'utf8')
    this.#buffer.writeInt32BE(this.#length - lengthAt - 4, lengthAt)
  }

  #begin(type: string): number {
    this.#byte(type.charCodeAt(0))
    return this.#untyped()
  }

  /** Leaves room for the length; the result tells `end` where, counted from what waits: it may move in memory. */
  #untyped(): number {
    this.#reserve(4)
    const start = this.length
    this.#length += 4
    return start
  }

  #end(start: number): void {
    this.#buffer.writeInt32BE(this.length - start, this.#start + start)
  }

  #byte(value: number): void {
    this.#reserve(1)
    this.#buffer[this.#length++] = value
  }

  #int16(value: number): void {
    this.#reserve(2)
    this.#length = this.#buffer.writeInt16BE(value, this.#length)
  }

  #int32(value: number): void {
    this.#reserve(4)
    this.#length = this.#buffer.writeInt32BE(value, this.#length)
  }

  #bytes(value: Uint8Array): void {
    this.#reserve(value.length)
    this.#buffer.set(value, this.#length)
    this.#length += value.length
  }

  /** Text with the zero byte that ends it; a zero byte inside would let a text pose as the rest of its message. */
  #text(value: string): void {
    assert(!value.includes('\0'), 'no text of a message holds a zero byte')
    this.#reserve(roomFor(value) + 1)
    this.#length += this.#buffer.write(value, this.#length, 'utf8')
    this.#buffer[this.#length++] = 0
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return
    const waiting = this.length
    const needed = waiting + bytes
    const grown = Buffer.allocUnsafe(needed <= slabBytes - slabBytesMin ? slabBytes : needed + waiting)
    this.#buffer.copy(grown, 0, this.#start, this.#length)
    this.#buffer = grown
    this.#start = 0
    this.#length = waiting
  }
}

/** Bytes that `value` needs at most. Counting them takes longer than having too much room, unless it is long. */
function roomFor(value: string): number {
  return value.length < 1024 ? value.length * 3 : Buffer.byteLength(value)
}

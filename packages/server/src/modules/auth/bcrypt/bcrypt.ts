/**
 * Checks passwords against bcrypt hashes, which users bring along from other systems (Provos and Mazières, "A
 * Future-Adaptable Password Scheme", 1999). Slow by design, so only ever run off the event loop; new hashes are argon2id.
 */
import { timingSafeEqual } from 'node:crypto'
import { wordsOfPi } from './pi.ts'

interface Encoded {
  readonly cost: number
  readonly salt: Buffer
  readonly digest: Buffer
}

const pattern = /^\$2[abxy]\$(\d\d)\$([./A-Za-z\d]{22})([./A-Za-z\d]{31})$/
/** Each step doubles the work; at 14 one check takes seconds. */
const costMax = 14
const keyBytesMax = 72

export function isBcrypt(encoded: string): boolean {
  return parse(encoded) !== undefined
}

/** Takes about 100 ms at the usual cost of 10. */
export function verifyBcrypt(password: string, encoded: string): boolean {
  const parsed = parse(encoded)
  return parsed !== undefined && timingSafeEqual(digestOf(password, parsed), parsed.digest)
}

function parse(encoded: string): Encoded | undefined {
  const [, costText, salt, digest] = pattern.exec(encoded) ?? []
  const cost = Number(costText)
  if (salt === undefined || digest === undefined || cost < 4 || cost > costMax) return undefined
  return { cost, salt: decode(salt, 16), digest: decode(digest, 23) }
}

const alphabet = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const ordinary = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** bcrypt writes base64 with the letters in another order. */
function decode(text: string, bytes: number): Buffer {
  const usual = Array.from(text, (letter) => ordinary.charAt(alphabet.indexOf(letter))).join('')
  return Buffer.from(usual, 'base64').subarray(0, bytes)
}

const rounds = 16
const subkeyCount = rounds + 2
const boxSize = 256

function digestOf(password: string, { cost, salt }: Encoded): Buffer {
  const key = cyclicWords(Buffer.concat([Buffer.from(password), Buffer.of(0)]).subarray(0, keyBytesMax))
  const saltWords = cyclicWords(salt)
  const cipher = new Blowfish()
  cipher.expandKey(key, saltWords)
  for (let round = 0; round < 2 ** cost; round++) {
    cipher.expandKey(key, noSalt)
    cipher.expandKey(saltWords, noSalt)
  }
  return cipher.encryptOften(Buffer.from('OrpheanBeholderScryDoubt')).subarray(0, 23)
}

const noSalt = new Uint32Array(subkeyCount)

/** As many words as there are subkeys, from bytes that begin again at their end. */
function cyclicWords(bytes: Buffer): Uint32Array {
  const repeated = Buffer.alloc(subkeyCount * 4, bytes)
  return Uint32Array.from({ length: subkeyCount }, (_, index) => repeated.readUInt32BE(index * 4))
}

class Blowfish {
  /** The subkeys, then the four boxes, so that all of them are filled in one go. */
  readonly #table = wordsOfPi(subkeyCount + 4 * boxSize)
  #left = 0
  #right = 0

  expandKey(key: Uint32Array, salt: Uint32Array): void {
    const table = this.#table
    for (let index = 0; index < subkeyCount; index++) table[index] = at(table, index) ^ at(key, index)
    this.#left = 0
    this.#right = 0
    for (let index = 0; index < table.length; index += 2) {
      this.#left ^= at(salt, index % 4)
      this.#right ^= at(salt, (index % 4) + 1)
      this.#encrypt()
      table[index] = this.#left
      table[index + 1] = this.#right
    }
  }

  /** 64 times, each block of 8 bytes by itself. */
  encryptOften(text: Buffer): Buffer {
    const result = Buffer.alloc(text.length)
    for (let offset = 0; offset < text.length; offset += 8) {
      this.#left = text.readInt32BE(offset)
      this.#right = text.readInt32BE(offset + 4)
      for (let times = 0; times < 64; times++) this.#encrypt()
      result.writeInt32BE(this.#left, offset)
      result.writeInt32BE(this.#right, offset + 4)
    }
    return result
  }

  #encrypt(): void {
    const table = this.#table
    let left = this.#left ^ at(table, 0)
    let right = this.#right
    for (let round = 1; round <= rounds; round += 2) {
      right ^= mix(table, left) ^ at(table, round)
      left ^= mix(table, right) ^ at(table, round + 1)
    }
    this.#left = right ^ at(table, rounds + 1)
    this.#right = left
  }
}

/** Blowfish's function F: one entry of each box, chosen by the four bytes of a word. */
function mix(table: Uint32Array, word: number): number {
  const sum =
    at(table, subkeyCount + (word >>> 24)) + at(table, subkeyCount + boxSize + ((word >>> 16) & 255))
  const mixed = sum ^ at(table, subkeyCount + 2 * boxSize + ((word >>> 8) & 255))
  return (mixed + at(table, subkeyCount + 3 * boxSize + (word & 255))) | 0
}

function at(words: Uint32Array, index: number): number {
  return words[index] ?? 0
}

/** The reader finds the same messages however the network cuts the stream. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readAffected, readDataRow, readError } from './backend-messages.ts'
import { MessageReader } from './message-reader.ts'

function message(type: number, body: Uint8Array): Buffer {
  const head = Buffer.alloc(5)
  head[0] = type
  head.writeUInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

function read(chunks: readonly Buffer[]): [number, string][] {
  const seen: [number, string][] = []
  const reader = new MessageReader((type, body) => seen.push([type, body.toString('hex')]))
  for (const chunk of chunks) reader.push(chunk)
  return seen
}

test('messages do not depend on where the chunks end', () => {
  const messages = fc.array(fc.tuple(fc.integer({ min: 1, max: 255 }), fc.uint8Array({ maxLength: 40 })), {
    maxLength: 8,
  })
  fc.assert(
    fc.property(messages, fc.array(fc.integer({ min: 1, max: 9 })), (list, sizes) => {
      const stream = Buffer.concat(list.map(([type, body]) => message(type, body)))
      const chunks: Buffer[] = []
      let at = 0
      for (const size of sizes) {
        if (at >= stream.length) break
        chunks.push(stream.subarray(at, at + size))
        at += size
      }
      if (at < stream.length) chunks.push(stream.subarray(at))
      expect(read(chunks)).toEqual(list.map(([type, body]) => [type, Buffer.from(body).toString('hex')]))
    }),
  )
})

test('a length that no message can have ends the connection', () => {
  expect(() => read([Buffer.from([0x44, 0xff, 0xff, 0xff, 0xff])])).toThrow('not PostgreSQL')
  expect(() => read([Buffer.from([0x44, 0, 0, 0, 3, 0])])).toThrow('not PostgreSQL')
})

test('decodes rows, tags and errors', () => {
  const row = Buffer.from([0, 3, 0, 0, 0, 1, 0x61, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0])
  expect(readDataRow(row).map((cell) => cell?.toString() ?? null)).toEqual(['a', null, ''])
  expect(readAffected(Buffer.from('INSERT 0 1205\0'))).toBe(1205)
  expect(readAffected(Buffer.from('CREATE TABLE\0'))).toBe(0)
  expect(readError(Buffer.from('SERROR\0C42P01\0Mno such table\0P15\0nkey\0\0'))).toEqual({
    sqlstate: '42P01',
    message: 'no such table',
    position: 15,
    constraint: 'key',
  })
})

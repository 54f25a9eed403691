/** Decodes the bodies of the server's messages. Layouts: PostgreSQL documentation, Message Formats. */
import type { DatabaseErrorFields } from '../database-error.ts'
import type { Field } from '../rows.ts'

/** Type bytes of the messages that the server sends. */
export const messageType = {
  authentication: 0x52,
  backendKeyData: 0x4b,
  bindComplete: 0x32,
  closeComplete: 0x33,
  commandComplete: 0x43,
  copyInResponse: 0x47,
  copyOutResponse: 0x48,
  dataRow: 0x44,
  emptyQueryResponse: 0x49,
  errorResponse: 0x45,
  noData: 0x6e,
  notificationResponse: 0x41,
  parseComplete: 0x31,
  readyForQuery: 0x5a,
  rowDescription: 0x54,
} as const

export function readDataRow(body: Buffer): (Buffer | null)[] {
  const count = body.readInt16BE(0)
  const cells: (Buffer | null)[] = []
  let at = 2
  for (let index = 0; index < count; index++) {
    const length = body.readInt32BE(at)
    at += 4
    cells.push(length < 0 ? null : body.subarray(at, at + length))
    if (length > 0) at += length
  }
  if (at > body.length) throw new Error('a row from the server is cut off')
  return cells
}

export function readRowDescription(body: Buffer): Field[] {
  const count = body.readInt16BE(0)
  const fields: Field[] = []
  let at = 2
  for (let index = 0; index < count; index++) {
    const end = endOfText(body, at)
    // Behind the name: table OID 4, column 2, then the type OID 4, type length 2, modifier 4, format 2.
    fields.push({ name: body.toString('utf8', at, end), typeOid: body.readUInt32BE(end + 7) })
    at = end + 19
  }
  return fields
}

/** The number that ends a command tag such as `INSERT 0 5` or `SELECT 20`; 0 for tags without one. */
export function readAffected(body: Buffer): number {
  let affected = 0
  let factor = 1
  for (let at = body.length - 2; at >= 0; at--) {
    const digit = (body[at] ?? 0) - 0x30
    if (digit < 0 || digit > 9) break
    affected += digit * factor
    factor *= 10
  }
  return affected
}

const errorFieldNames: Readonly<Record<string, keyof DatabaseErrorFields>> = {
  C: 'sqlstate',
  M: 'message',
  D: 'detail',
  H: 'hint',
  P: 'position',
  W: 'where',
  R: 'routine',
  n: 'constraint',
  t: 'table',
  s: 'schema',
  c: 'column',
}

export function readError(body: Buffer): DatabaseErrorFields {
  const fields: Record<string, string> = {}
  let at = 0
  while (at < body.length && body[at] !== 0) {
    const stop = endOfText(body, at + 1)
    const name = errorFieldNames[String.fromCharCode(body[at] ?? 0)]
    if (name !== undefined) fields[name] = body.toString('utf8', at + 1, stop)
    at = stop + 1
  }
  const { message = 'unknown error', sqlstate = 'XX000', position, ...rest } = fields
  return { ...rest, message, sqlstate, ...(position === undefined ? {} : { position: Number(position) }) }
}

export function readNotification(body: Buffer): { channel: string; payload: string } {
  const channelEnd = endOfText(body, 4)
  const payloadEnd = endOfText(body, channelEnd + 1)
  return {
    channel: body.toString('utf8', 4, channelEnd),
    payload: body.toString('utf8', channelEnd + 1, payloadEnd),
  }
}

/** Where the zero byte stands that ends a text. */
function endOfText(body: Buffer, from: number): number {
  const end = body.indexOf(0, from)
  if (end < 0) throw new Error('a text from the server has no end')
  return end
}

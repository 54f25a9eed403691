/** Servers that are not PostgreSQL, or not on our side: each is refused, none hangs us, none crashes us. */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { cancel, connect, type ConnectTarget } from './connect.ts'
import { openSession, outcome, statement } from './test/asking.ts'

/** Reads what the client sends, chunk by chunk, and answers as it likes. */
type Script = (socket: Socket, chunk: Buffer, turn: number) => void

async function serve(script: Script): Promise<ConnectTarget> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    let turn = 0
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => script(socket, chunk, turn++))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { host: '127.0.0.1', port, user: 'ann', password: 'secret', database: 'db' }
}

function message(type: string, ...parts: readonly (Buffer | string | number)[]): Buffer {
  const body = Buffer.concat(
    parts.map((part) => (typeof part === 'number' ? int32(part) : Buffer.from(part))),
  )
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body])
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

const ready = message('Z', 'I')
const welcome = Buffer.concat([message('R', 0), message('K', 1, 2), ready])

/** Logs in properly, and answers the first job with `bytes`. */
function answering(bytes: Buffer, isEnd = false): Script {
  return (socket, _chunk, turn) => {
    if (turn === 0) socket.write(welcome)
    else if (isEnd) socket.end(bytes)
    else socket.write(bytes)
  }
}

const scramStart = message('R', 10, 'SCRAM-SHA-256\0\0')

const refusals: readonly (readonly [name: string, script: Script, reason: RegExp])[] = [
  ['says nothing and leaves', (socket) => socket.end(), /closed the connection/],
  ['hangs up', (socket) => socket.resetAndDestroy(), /ECONNRESET|closed the connection/],
  ['is a web server', (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'), /not PostgreSQL/],
  ['sends garbage', (socket) => socket.write(Buffer.alloc(1000, 0xff)), /not PostgreSQL/],
  ['sends zeros', (socket) => socket.write(Buffer.alloc(1000)), /not PostgreSQL/],
  ['announces more than there is', (socket) => socket.end(Buffer.from([0x52, 0, 0, 1, 0, 0])), /closed/],
  ['announces 1 GB', (socket) => socket.end(Buffer.from([0x52, 0x3f, 0xff, 0xff, 0xff])), /closed/],
  ['cuts a message short', (socket) => socket.write(message('R', Buffer.from([0]))), /range|bounds/],
  ['wants an unknown login', (socket) => socket.write(message('R', 7)), /unsupported way to log in/],
  ['offers no SCRAM that we know', (socket) => socket.write(message('R', 10, 'OTHER\0\0')), /no SCRAM/],
  ['goes on with what was not begun', (socket) => socket.write(message('R', 11, 'r=1')), /not begun/],
  [
    'changes the nonce',
    (socket, _chunk, turn) =>
      socket.write(turn === 0 ? scramStart : message('R', 11, 'r=other,s=AAAA,i=4096')),
    /changed our nonce/,
  ],
  [
    'wants us to hash for hours',
    (socket, chunk, turn) =>
      socket.write(turn === 0 ? scramStart : message('R', 11, `r=${nonceIn(chunk)}x,s=AAAA,i=2000000000`)),
    /iteration count/,
  ],
  ['does not know the password', scramUntil(message('R', 12, 'v=AAAA')), /could not prove/],
  ['leaves its proof out', scramUntil(welcome), /could not prove/],
  ['refuses in its own words', (socket) => socket.write(message('E', 'C53300\0Mfull\0\0')), /full/],
  [
    'leaves right behind the login',
    (socket) => socket.write(Buffer.concat([welcome, Buffer.alloc(9)])),
    /not PostgreSQL/,
  ],
]

function nonceIn(chunk: Buffer): string {
  return /r=([^,]+)/.exec(chunk.toString('latin1'))?.[1] ?? ''
}

/** Plays along until it has to prove that it knows the password. */
function scramUntil(last: Buffer): Script {
  return (socket, chunk, turn) => {
    if (turn === 0) socket.write(scramStart)
    else if (turn === 1) socket.write(message('R', 11, `r=${nonceIn(chunk)}x,s=AAAA,i=4096`))
    else socket.write(last)
  }
}

test.each(refusals)('a server that %s is refused', async (_name, script, reason) => {
  await expect(connect(await serve(script))).rejects.toThrow(reason)
})

test('a server that never answers is given up when the caller wants', async () => {
  const target = await serve(() => undefined)
  for (const tls of [undefined, { servername: 'x' }]) {
    const abort = new AbortController()
    setTimeout(() => abort.abort(), 30)
    const connecting = connect({ ...target, ...(tls === undefined ? {} : { tls }) }, abort.signal)
    await expect(connecting).rejects.toThrow('given up')
  }
  await expect(connect(target, AbortSignal.abort())).rejects.toThrow('abort')
})

test.each([
  ['N', /does not offer TLS/],
  ['SX', /does not speak PostgreSQL/],
  ['E', /does not offer TLS/],
  ['S', /./],
])('one that answers %s to the wish for TLS is refused', async (answer, reason) => {
  const target = await serve((socket, _chunk, turn) => {
    if (turn === 0) socket.write(answer)
    else socket.end('no handshake')
  })
  await expect(connect({ ...target, tls: { servername: 'x' } })).rejects.toThrow(reason)
})

test('a cancel request ends when the server closes, however it does', async () => {
  await expect(cancel(await serve((socket) => socket.end()), 1, Buffer.alloc(4))).resolves.toBeUndefined()
  const reset = cancel(await serve((socket) => socket.resetAndDestroy()), 1, Buffer.alloc(4))
  await expect(outcome(reset.then(() => null))).resolves.toMatch(/^(?:null|ECONNRESET)$/)
})

const rowOfOne = message('D', Buffer.from([0, 1]), 1, 'x')

const breaches: readonly (readonly [name: string, bytes: Buffer])[] = [
  ['leaves an answer out', ready],
  ['answers with rows of nothing', Buffer.concat([rowOfOne, ready])],
  ['sends half a row', message('D', Buffer.from([0, 9]), 1, 'x')],
  ['sends a broken description', message('T', Buffer.from([0, 3]), 'a')],
  ['sends garbage', Buffer.alloc(64, 0xee)],
  ['leaves in the middle', message('C', 'SELECT 1\0').subarray(0, 7)],
]

test.each(breaches)('a job at a server that %s fails, and so do those behind it', async (_name, bytes) => {
  const open = await openSession(await serve(answering(bytes, true)))
  const jobs = [open.send([statement('select 1')]), open.send([statement('select 2')])]
  expect(await Promise.all(jobs.map(async (job) => outcome(job.finished)))).toEqual(
    jobs.map(() => 'database_unavailable'),
  )
  expect(await open.lost).toBeInstanceOf(Error)
})

test('an answer that is there counts, whatever comes after', async () => {
  const good = Buffer.concat([
    message('1'),
    message('n'),
    message('2'),
    message('C', 'UPDATE 7\0'),
    ready,
    Buffer.alloc(20, 0xff),
  ])
  const open = await openSession(await serve(answering(good)))
  const [first, second] = [open.send([statement('update')]), open.send([statement('update')])]
  expect((await first.finished)[0]?.affected).toBe(7)
  expect(await outcome(second.finished)).toBe('database_unavailable')
})

test('whatever bytes come, every job ends', async () => {
  const types = fc.constantFrom(...'123ACDEGHIKNRSTZnstdcvW'.split(''))
  const body = fc.uint8Array({ maxLength: 30 })
  const messages = fc.array(fc.tuple(types, body), { maxLength: 12 })
  const anyBytes = fc.oneof(
    messages.map((list) => Buffer.concat(list.map(([type, bytes]) => message(type, Buffer.from(bytes))))),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  )
  let next = Buffer.alloc(0)
  const target = await serve((socket, _chunk, turn) =>
    turn === 0 ? socket.write(welcome) : socket.end(next),
  )
  await fc.assert(
    fc.asyncProperty(anyBytes, async (bytes) => {
      next = bytes
      const open = await openSession(target)
      const jobs = [1, 2, 3].map(() => open.send([statement('select 1'), statement('select 2')]))
      const ends = await Promise.all(jobs.map(async (job) => outcome(job.finished)))
      expect(ends).toHaveLength(3)
      await open.lost
    }),
    { numRuns: 300 },
  )
})

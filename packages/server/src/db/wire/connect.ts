/** Opens a socket to PostgreSQL, with TLS where asked for, and logs in. What comes after is the session's. */
import { createHash } from 'node:crypto'
import net from 'node:net'
import tls from 'node:tls'
import { DatabaseError } from '../database-error.ts'
import { messageType, readError } from './backend-messages.ts'
import { MessageReader, type MessageHandler } from './message-reader.ts'
import { MessageWriter } from './message-writer.ts'
import { startScram, type ScramExchange } from './scram.ts'

/** Where and as whom to log in. */
export interface ConnectTarget {
  /** A name or address; a folder (`/var/run/postgresql`) for a Unix socket. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  /** TLS options; absent means no TLS. */
  readonly tls?: tls.ConnectionOptions
  /** Goes on without TLS when the server offers none. */
  readonly isTlsOptional?: boolean
  /** Sent at log-in, such as application_name. */
  readonly parameters?: Readonly<Record<string, string>>
}

/** A logged-in connection that waits for its first message. */
export interface Connected {
  readonly socket: net.Socket
  readonly processId: number
  readonly secret: Buffer
  /** From now on messages go to `handle`, and the end of the connection to `closed`, once. */
  take(handle: MessageHandler, closed: (reason: Error) => void): void
}

const connectMsMax = 10_000

/** Rejects with a `DatabaseError` when the server refuses, or with the socket's error; with one of ours after 10 s. */
export async function connect(target: ConnectTarget, signal?: AbortSignal): Promise<Connected> {
  return onSocket(target, signal, async (socket) => logIn(socket, target))
}

/** Asks the server to end what the connection of `processId` runs; resolves when the server has taken note. */
export async function cancel(target: ConnectTarget, processId: number, secret: Buffer): Promise<void> {
  const writer = new MessageWriter()
  writer.cancelRequest(processId, secret)
  await onSocket(target, undefined, async (socket) => {
    // The server closes when it has sent the signal; an error says just as much.
    const closed = new Promise((resolve) => {
      socket.once('close', resolve)
    })
    socket.end(writer.take())
    socket.resume()
    await closed
  })
}

/** Opens a socket for `act`, which must be done within the time of a log-in; closes it when it is not. */
async function onSocket<T>(
  target: ConnectTarget,
  signal: AbortSignal | undefined,
  act: (socket: net.Socket) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted()
  const { host, port } = target
  const plain = host.startsWith('/') ? net.connect(`${host}/.s.PGSQL.${port}`) : net.connect(port, host)
  let cause: Error | undefined
  const stop = (reason: string): void => {
    cause ??= new Error(reason)
    plain.destroy()
  }
  // Whoever waits hears of errors; between two that wait, nobody does.
  plain.on('error', (error) => (cause ??= firstOf(error)))
  const timer = setTimeout(() => stop('connecting took too long'), connectMsMax)
  const abort = (): void => stop('connecting was given up')
  signal?.addEventListener('abort', abort)
  try {
    await happened(plain, 'connect')
    plain.setNoDelay(true).setKeepAlive(true, 30_000)
    return await act(target.tls === undefined ? plain : await secure(plain, target))
  } catch (error) {
    plain.destroy()
    throw cause ?? error
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}

/** A name with several addresses fails with all their errors at once, and no message. */
function firstOf(error: Error): Error {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined
  return first instanceof Error ? first : error
}

/** Resolves with what the event brings; rejects when the socket ends first. */
async function happened(socket: net.Socket, event: 'connect' | 'data' | 'secureConnect'): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const closed = (): void => reject(new Error('the server closed the connection'))
    const settle = (value: unknown): void => {
      socket.off('error', reject).off('close', closed)
      resolve(value)
    }
    socket.once(event, settle).once('error', reject).once('close', closed)
  })
}

async function secure(plain: net.Socket, target: ConnectTarget): Promise<net.Socket> {
  const writer = new MessageWriter()
  writer.sslRequest()
  plain.write(writer.take())
  const answer = await happened(plain, 'data')
  // More than one byte would be plain text smuggled in before TLS (CVE-2021-23222).
  if (!Buffer.isBuffer(answer) || answer.length !== 1) throw new Error('the server does not speak PostgreSQL')
  if (answer[0] === 0x4e && target.isTlsOptional === true) return plain
  if (answer[0] !== 0x53) throw new Error('the server does not offer TLS')
  const secured = tls.connect({ ...target.tls, socket: plain })
  await happened(secured, 'secureConnect')
  return secured
}

async function logIn(socket: net.Socket, target: ConnectTarget): Promise<Connected> {
  const writer = new MessageWriter()
  writer.startup({
    user: target.user,
    database: target.database,
    client_encoding: 'UTF8',
    ...target.parameters,
  })
  const login = new LogIn(target, socket)
  let handle: MessageHandler = (type, body) => login.receive(type, body)
  let closed = (reason: Error): void => login.fail(reason)
  const reader = new MessageReader((type, body) => handle(type, body))
  let lastError = new Error('the server closed the connection')
  socket.on('error', (error) => (lastError = error))
  socket.on('close', () => closed(lastError))
  socket.on('data', (chunk) => {
    try {
      reader.push(chunk)
    } catch (error) {
      socket.destroy(error instanceof Error ? error : new Error(String(error)))
    }
  })
  socket.write(writer.take())
  const { processId, secret } = await login.finished
  // Its end has been told already, and will not be again.
  if (socket.destroyed) throw lastError
  const take: Connected['take'] = (nextHandle, nextClosed) => {
    handle = nextHandle
    closed = nextClosed
  }
  return { socket, processId, secret, take }
}

/** The exchange between the start-up packet and the first ReadyForQuery. */
class LogIn {
  readonly finished: Promise<{ processId: number; secret: Buffer }>
  readonly #target: ConnectTarget
  readonly #socket: net.Socket
  #processId = 0
  #secret: Buffer = Buffer.alloc(0)
  #scram: ScramExchange | undefined
  #resolve: (keys: { processId: number; secret: Buffer }) => void = () => undefined
  #reject: (reason: Error) => void = () => undefined

  constructor(target: ConnectTarget, socket: net.Socket) {
    this.#target = target
    this.#socket = socket
    this.finished = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  fail(reason: Error): void {
    this.#reject(reason)
  }

  receive(type: number, body: Buffer): void {
    switch (type) {
      case messageType.authentication:
        this.#authenticate(body.readInt32BE(0), body.subarray(4))
        return
      case messageType.backendKeyData:
        this.#processId = body.readInt32BE(0)
        this.#secret = Buffer.from(body.subarray(4))
        return
      case messageType.errorResponse:
        this.#reject(new DatabaseError(readError(body), undefined))
        return
      case messageType.readyForQuery:
        this.#resolve({ processId: this.#processId, secret: this.#secret })
        return
      default:
      // Notices and parameter reports say nothing that we need.
    }
  }

  /** Kinds of AuthenticationRequest: 0 ok, 3 clear text, 5 MD5, 10–12 SASL. */
  #authenticate(kind: number, body: Buffer): void {
    const writer = new MessageWriter()
    if (kind === 0) this.#scram?.assertProved()
    else if (kind === 3) writer.password(Buffer.from(`${this.#target.password}\0`))
    else if (kind === 5) writer.password(Buffer.from(`${this.#md5(body)}\0`))
    else if (kind === 10) this.#startSasl(writer, body)
    else if (kind === 11) writer.password(Buffer.from(this.#exchange().answer(body.toString('utf8'))))
    else if (kind === 12) this.#exchange().verify(body.toString('utf8'))
    else throw new Error(`the server asks for an unsupported way to log in (${kind})`)
    if (writer.length > 0) this.#socket.write(writer.take())
  }

  #startSasl(writer: MessageWriter, body: Buffer): void {
    const mechanisms = body.toString('utf8').split('\0')
    if (!mechanisms.includes('SCRAM-SHA-256')) throw new Error('the server offers no SCRAM-SHA-256')
    this.#scram = startScram(this.#target.password)
    writer.saslInitial('SCRAM-SHA-256', Buffer.from(this.#scram.clientFirst))
  }

  #exchange(): ScramExchange {
    if (this.#scram === undefined) throw new Error('the server answers a SASL exchange that was not begun')
    return this.#scram
  }

  #md5(salt: Buffer): string {
    const { user, password } = this.#target
    const inner = createHash('md5').update(`${password}${user}`).digest('hex')
    return `md5${createHash('md5').update(inner).update(salt).digest('hex')}`
  }
}

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

/** Rejects with a `DatabaseError` when the server refuses, or with the socket's error. */
export async function connect(target: ConnectTarget, signal?: AbortSignal): Promise<Connected> {
  const plain = await openSocket(target, signal)
  const socket = target.tls === undefined ? plain : await upgrade(plain, target.tls)
  return logIn(socket, target)
}

/** Asks the server to end what the connection of `processId` runs; resolves when the server has taken note. */
export async function cancel(target: ConnectTarget, processId: number, secret: Buffer): Promise<void> {
  const plain = await openSocket(target)
  const socket = target.tls === undefined ? plain : await upgrade(plain, target.tls)
  const writer = new MessageWriter()
  writer.cancelRequest(processId, secret)
  await new Promise<void>((resolve) => {
    socket.on('error', () => resolve())
    socket.on('close', () => resolve())
    socket.end(writer.take())
    socket.resume()
  })
}

async function openSocket(target: ConnectTarget, signal?: AbortSignal): Promise<net.Socket> {
  const { host, port } = target
  const socket = host.startsWith('/') ? net.connect(`${host}/.s.PGSQL.${port}`) : net.connect(port, host)
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(new Error('connecting took too long')), connectMsMax)
    const abort = (): void => void socket.destroy(new Error('aborted'))
    signal?.addEventListener('abort', abort)
    const settle = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      socket.off('error', fail)
    }
    const fail = (error: Error): void => {
      settle()
      reject(error)
    }
    socket.once('error', fail)
    socket.once('connect', () => {
      settle()
      resolve(socket.setNoDelay(true).setKeepAlive(true, 30_000))
    })
  })
}

async function upgrade(plain: net.Socket, options: tls.ConnectionOptions): Promise<net.Socket> {
  const writer = new MessageWriter()
  writer.sslRequest()
  plain.write(writer.take())
  const answer = await new Promise<Buffer>((resolve, reject) => {
    plain.once('data', resolve)
    plain.once('error', reject)
    plain.once('close', () => reject(new Error('the server closed the connection')))
  })
  // More than one byte would be plain text smuggled in before TLS (CVE-2021-23222).
  if (answer.length !== 1 || answer[0] !== 0x53) {
    plain.destroy()
    throw new Error('the server does not offer TLS')
  }
  plain.removeAllListeners()
  const secured = tls.connect({ ...options, socket: plain })
  return new Promise((resolve, reject) => {
    secured.once('secureConnect', () => {
      secured.off('error', reject)
      resolve(secured)
    })
    secured.once('error', reject)
  })
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
  const timer = setTimeout(() => socket.destroy(new Error('logging in took too long')), connectMsMax)
  socket.write(writer.take())
  try {
    const { processId, secret } = await login.finished
    const take: Connected['take'] = (nextHandle, nextClosed) => {
      handle = nextHandle
      closed = nextClosed
    }
    return { socket, processId, secret, take }
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    clearTimeout(timer)
  }
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
    if (kind === 0) return
    if (kind === 3) writer.password(Buffer.from(`${this.#target.password}\0`))
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

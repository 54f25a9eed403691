/** The HTTP listener: bounds on headers and slow clients, and a stop that answers every request that was accepted. */
import http from 'node:http'
import net, { type Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { Failure } from '../kernel/failure.ts'

export interface ListenerOptions {
  readonly host: string
  readonly port: number
  readonly fetch: Parameters<typeof getRequestListener>[0]
}

/** Node's own default, named because a refusal states it. */
const headerBytesMax = 16_384
const headersMsMax = 15_000
const keepAliveMs = 65_000
/** Once a stop has begun, a connection that was silent for so long is closed: its client sends nothing more. */
const silentMs = 300
const sweepMs = 50

/** What is known of an open connection. */
interface Line {
  underWay: number
  /** When its last request was answered, as `performance.now()`. */
  silentSince: number
}

export class HttpListener {
  readonly #server: http.Server
  readonly #options: ListenerOptions
  readonly #lines = new Map<Socket, Line>()
  #underWay = 0
  #isStopping = false

  constructor(options: ListenerOptions) {
    this.#options = options
    const listen = getRequestListener(options.fetch, { errorHandler: () => badRequest() })
    this.#server = http.createServer(
      {
        maxHeaderSize: headerBytesMax,
        headersTimeout: headersMsMax,
        requestTimeout: 0,
        keepAliveTimeout: keepAliveMs,
      },
      (incoming, outgoing) => {
        this.#track(incoming.socket, outgoing)
        void listen(incoming, outgoing)
      },
    )
    this.#server.on('clientError', refuseRaw)
    this.#server.on('connection', (socket) => {
      this.#lines.set(socket, { underWay: 0, silentSince: performance.now() })
      socket.once('close', () => this.#lines.delete(socket))
    })
  }

  get underWay(): number {
    return this.#underWay
  }

  get connections(): number {
    return this.#lines.size
  }

  /** Refuses with `port_taken` when somebody else listens there. Answers the port, which the system chooses for 0. */
  async listen(): Promise<number> {
    const { host, port } = this.#options
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        const isTaken = error.code === 'EADDRINUSE'
        reject(isTaken ? new Failure('port_taken', { port, address: host, setting: '--port' }) : error)
      })
      this.#server.listen(port, host, resolve)
    })
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : port
  }

  /**
   * Takes no new connections, answers what comes over the open ones with `Connection: close`, and resolves when all are
   * closed, or after `drainMs`.
   */
  async drain(drainMs: number): Promise<void> {
    this.#isStopping = true
    // http's own close() also cuts idle connections, on which a request may be on its way.
    const closed = new Promise<void>((resolve) =>
      net.Server.prototype.close.call(this.#server, () => resolve()),
    )
    const sweep = setInterval(() => this.#closeSilent(), sweepMs)
    const deadline = new Promise<void>((resolve) => {
      setTimeout(resolve, drainMs).unref()
    })
    await Promise.race([closed, deadline])
    clearInterval(sweep)
    this.#server.closeAllConnections()
  }

  #closeSilent(): void {
    const before = performance.now() - silentMs
    for (const [socket, line] of this.#lines) {
      if (line.underWay === 0 && line.silentSince < before) socket.end()
    }
  }

  #track(socket: Socket, outgoing: http.ServerResponse): void {
    const line = this.#lines.get(socket)
    this.#underWay++
    if (line !== undefined) line.underWay++
    if (this.#isStopping) outgoing.setHeader('connection', 'close')
    outgoing.once('close', () => {
      this.#underWay--
      if (line === undefined) return
      line.underWay--
      line.silentSince = performance.now()
    })
  }
}

function badRequest(): Response {
  const message = 'the request line or the Host header cannot be read'
  return Response.json({ code: 'url_invalid', message, details: null, hint: null }, { status: 400 })
}

/** Answers what Node's HTTP parser refuses; no route is known then, so the shape is the plain one. */
function refuseRaw(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const { status, reason, code, message } = rawRefusals[error.code ?? ''] ?? rawRefusals.fallback
  const body = JSON.stringify({ code, message, details: null, hint: null })
  const head = [
    `HTTP/1.1 ${status} ${reason}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

interface RawRefusal {
  readonly status: number
  readonly reason: string
  readonly code: string
  readonly message: string
}

const rawRefusals: Record<string, RawRefusal> & { fallback: RawRefusal } = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    reason: 'Request Header Fields Too Large',
    code: 'headers_too_large',
    message: `the headers are larger than ${headerBytesMax} bytes`,
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    reason: 'Request Timeout',
    code: 'headers_timeout',
    message: 'the headers did not arrive in time',
  },
  fallback: {
    status: 400,
    reason: 'Bad Request',
    code: 'request_malformed',
    message: 'this is not an HTTP request',
  },
}

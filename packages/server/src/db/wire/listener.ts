/** One connection that LISTENs for everybody, and comes back by itself when it is lost. */
import type { Observe } from '../../kernel/observe.ts'
import { quoteName } from '../sql.ts'
import { connect, type ConnectTarget } from './connect.ts'
import { Job } from './job.ts'
import { Session } from './session.ts'

type Handler = (payload: string | undefined) => void

const reconnectMs = 500

export class Listener {
  readonly #target: ConnectTarget
  readonly #observe: Observe
  readonly #handlers = new Map<string, Set<Handler>>()
  #session: Session | undefined
  #isClosed = false
  #timer: NodeJS.Timeout | undefined

  constructor(target: ConnectTarget, observe: Observe) {
    this.#target = target
    this.#observe = observe
  }

  /** Calls `handler` with each payload on `channel`, and with `undefined` after a reconnect. Returns how to stop. */
  listen(channel: string, handler: Handler): () => void {
    const handlers = this.#handlers.get(channel) ?? new Set()
    this.#handlers.set(channel, handlers.add(handler))
    if (this.#session === undefined) this.#connectSoon(0)
    else this.#listenTo(this.#session, channel)
    return () => void handlers.delete(handler)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await this.#session?.close(true)
  }

  #connectSoon(delayMs: number): void {
    if (this.#isClosed) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#connect(), delayMs).unref()
  }

  async #connect(): Promise<void> {
    try {
      const connected = await connect(this.#target)
      if (this.#isClosed) {
        connected.socket.destroy()
        return
      }
      const session = new Session(connected, this.#target, {
        finished: () => undefined,
        available: () => undefined,
        lost: (_session, reason) => this.#lost(reason),
        notified: (channel, payload) => this.#tell(channel, payload),
      })
      this.#session = session
      for (const channel of this.#handlers.keys()) this.#listenTo(session, channel)
    } catch (error) {
      this.#lost(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #listenTo(session: Session, channel: string): void {
    const job = new Job({
      statements: [{ text: `listen ${quoteName(channel)}`, values: [] }],
      hasScope: false,
      role: '',
      isOnce: true,
      expectedMs: Infinity,
      isRepeatable: false,
    })
    session.send(job)
    // What was notified before LISTEN took effect is unknown: the handler looks for itself.
    job.finished.then(
      () => this.#tell(channel, undefined),
      (error: Error) => this.#observe('session_lost', { pool: 'listen', reason: error.message }),
    )
  }

  #lost(reason: Error): void {
    this.#session = undefined
    if (this.#isClosed) return
    this.#observe('session_lost', { pool: 'listen', reason: reason.message })
    this.#connectSoon(reconnectMs)
  }

  #tell(channel: string, payload: string | undefined): void {
    for (const handler of this.#handlers.get(channel) ?? []) handler(payload)
  }
}

/** One connection that LISTENs for everybody, and comes back by itself when it is lost. */
import type { Observe } from '../../kernel/observe.ts'
import { DatabaseError } from '../database-error.ts'
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
  readonly #abort = new AbortController()
  #session: Session | undefined
  #isConnecting = false
  #timer: NodeJS.Timeout | undefined

  constructor(target: ConnectTarget, observe: Observe) {
    this.#target = target
    this.#observe = observe
  }

  /**
   * Calls `handler` with each payload on `channel`; and with `undefined` once it listens, at first and after each
   * reconnect. Returns how to stop.
   */
  listen(channel: string, handler: Handler): () => void {
    const handlers = this.#handlers.get(channel) ?? new Set()
    this.#handlers.set(channel, handlers.add(handler))
    if (this.#session === undefined) this.#connectSoon(0)
    else this.#listenTo(this.#session, channel, [handler])
    return () => void handlers.delete(handler)
  }

  async close(): Promise<void> {
    this.#abort.abort()
    clearTimeout(this.#timer)
    await this.#session?.close(true)
  }

  #connectSoon(delayMs: number): void {
    if (this.#abort.signal.aborted || this.#isConnecting) return
    this.#isConnecting = true
    this.#timer = setTimeout(() => void this.#connect(), delayMs).unref()
  }

  async #connect(): Promise<void> {
    try {
      const connected = await connect(this.#target, this.#abort.signal)
      if (this.#abort.signal.aborted) {
        connected.socket.destroy()
        return
      }
      this.#isConnecting = false
      this.#session = new Session(connected, this.#target, {
        finished: () => undefined,
        available: () => undefined,
        lost: (_session, reason) => this.#lost(reason),
        notified: (channel, payload) => this.#tell(channel, payload),
      })
      for (const [channel, handlers] of this.#handlers) this.#listenTo(this.#session, channel, [...handlers])
    } catch (error) {
      this.#isConnecting = false
      this.#lost(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #listenTo(session: Session, channel: string, handlers: readonly Handler[]): void {
    const job = new Job({
      statements: [{ text: `listen ${quoteName(channel)}`, values: [] }],
      ownCount: 0,
      role: '',
      isOnce: true,
      expectedMs: Infinity,
      isRepeatable: false,
    })
    session.send(job)
    job.finished.then(
      // What was notified before LISTEN took effect is unknown: the handler looks for itself.
      () => this.#tell(channel, undefined, handlers),
      (error: unknown) => {
        // That the connection was lost has been said.
        if (error instanceof DatabaseError) this.#report(error)
      },
    )
  }

  #lost(reason: Error): void {
    this.#session = undefined
    if (this.#abort.signal.aborted) return
    this.#report(reason)
    this.#connectSoon(reconnectMs)
  }

  #report(reason: Error): void {
    this.#observe('session_lost', { pool: 'listen', reason: reason.message })
  }

  #tell(channel: string, payload: string | undefined, only?: readonly Handler[]): void {
    const handlers = this.#handlers.get(channel) ?? new Set()
    for (const handler of only ?? handlers) if (handlers.has(handler)) handler(payload)
  }
}

/** The `Call` of one request. What not every handler needs is made when it is asked for. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Identity } from '@plinth/protocol'
import { Failure } from '../kernel/failure.ts'
import type { Call } from '../kernel/module.ts'
import { readBody, type BodyBounds } from './body.ts'

export interface CallParts {
  readonly request: Request
  readonly params: Readonly<Record<string, string>>
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
  readonly requestId: string
  readonly identifiedMs: number
  readonly bounds: BodyBounds
  clientAddress(): string
}

export class CallContext implements Call {
  readonly #parts: CallParts
  #identity: Identity
  #url: URL | undefined
  #abort: AbortController | undefined

  constructor(parts: CallParts, identity: Identity) {
    this.#parts = parts
    this.#identity = identity
  }

  get request(): Request {
    return this.#parts.request
  }

  get headers(): Readonly<Record<string, string | readonly string[] | undefined>> {
    return this.#parts.incoming.headers
  }

  get params(): Readonly<Record<string, string>> {
    return this.#parts.params
  }

  get identity(): Identity {
    return this.#identity
  }

  get requestId(): string {
    return this.#parts.requestId
  }

  get identifiedMs(): number {
    return this.#parts.identifiedMs
  }

  get clientAddress(): string {
    return this.#parts.clientAddress()
  }

  get url(): URL {
    this.#url ??= parseUrl(this.#parts.request.url)
    return this.#url
  }

  get signal(): AbortSignal {
    if (this.#abort !== undefined) return this.#abort.signal
    const abort = new AbortController()
    const { outgoing } = this.#parts
    this.#abort = abort
    outgoing.once('close', () => {
      if (!outgoing.writableFinished) abort.abort()
    })
    return abort.signal
  }

  async readBody(): Promise<Uint8Array<ArrayBuffer>> {
    return readBody(this.#parts.incoming, this.#parts.bounds)
  }
}

function parseUrl(text: string): URL {
  try {
    return new URL(text)
  } catch (cause) {
    throw new Failure('url_invalid', { reason: 'it is not a URL' }, { cause })
  }
}

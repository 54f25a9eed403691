/**
 * The module contract. A module is a plain value: it says what it is called, what it needs, what it can be
 * configured with, which tables it keeps, and how it starts. It starts nothing by itself, and importing it does nothing.
 */
import type { Identity } from '@plinth/protocol'
import type { DataFolder } from './data-folder.ts'
import type { Failure } from './failure.ts'
import type { Observe } from './observe.ts'
import type { SettingsSpec, SettingsOf } from './settings.ts'

/** Names a service by its interface, so that needing it does not import its implementation. */
export interface Token<Api> {
  readonly name: string
  /** Only a type carrier; never set. */
  readonly '~api'?: Api
}

export function defineToken<Api>(name: string): Token<Api> {
  return { name }
}

export type Needs = Readonly<Record<string, Token<unknown>>>
export type Resolved<N extends Needs> = {
  readonly [K in keyof N]: N[K] extends Token<infer Api> ? Api : never
}

/** A step in a module's own tables. Applied steps are never edited: their checksum is kept. */
export interface Migration {
  /** Sorts migrations within one module, such as `0003_add_checksum`. */
  readonly id: string
  readonly sql: string
}

/** Who may call a route. `open` asks for nothing; `key` for any valid API key; `user` for a signed-in user; `service` for the service role. */
export type Access = 'open' | 'key' | 'user' | 'service'

/** One request, after its key and token have been checked. */
export interface Call {
  readonly request: Request
  readonly url: URL
  /** All headers by lower-case name, as `request.headers` has them, but without the cost of its copies. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Values of the `:name` parts of the route's path, percent-decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly identity: Identity
  /** Aborted when the client goes away before the answer is sent. */
  readonly signal: AbortSignal
  readonly requestId: string
  /** How long it took to find out who is asking. */
  readonly identifiedMs: number
  /** The peer's address, or the first untrusted hop when trusted proxies are configured. */
  readonly clientAddress: string
  /** The whole body. Refuses with `body_too_large` past the route's bound and `body_timeout` when it stalls. */
  readBody(): Promise<Uint8Array<ArrayBuffer>>
}

export interface Route {
  /** One HTTP method, or several. GET answers HEAD too. */
  readonly method: string | readonly string[]
  /** Below the surface's prefix, in Hono's pattern syntax: `/user/:id`. */
  readonly path: string
  readonly access: Access
  /** Bound of the request body in bytes; the server's general bound where absent. */
  readonly bodyBytesMax?: number
  /** One line for the generated reference. */
  readonly summary: string
  handle(call: Call): Promise<Response> | Response
}

/** A path prefix that speaks one wire: its routes, and how a refusal looks there. */
export interface Surface {
  readonly prefix: string
  readonly routes: readonly Route[]
  /** Who is asking, where this wire has rules of its own. */
  identify?(request: Request): Identity | Promise<Identity>
  readonly cors?: CorsRules
  /** Turns a refusal into this wire's error answer. */
  refuse(failure: Failure, request: Request): Response
  /** Turns a foreign error (of the database, of a library) into a refusal; undefined means that it is a bug. */
  explain?(error: unknown, call: Call | undefined): Failure | undefined
}

/** Which pages may call, and which headers they may read. */
export interface CorsRules {
  /** Any where empty. */
  origins(): readonly string[]
  /** The listener's own list where absent. */
  readonly exposedHeaders?: string
}

/** What a running module hands back. */
export interface Running<Api> {
  readonly api: Api
  readonly surfaces?: readonly Surface[]
  /** True when the module can do its work; all must agree for `/ready`. */
  ready?(): boolean
  /** Stop taking new work; resolve when the work in hand is done. */
  drain?(): Promise<void>
  /** Release what `start` took. Called in reverse start order, also after a failed boot. */
  stop?(): Promise<void>
}

export interface StartContext<S extends SettingsSpec, N extends Needs> {
  readonly settings: SettingsOf<S>
  readonly needs: Resolved<N>
  readonly observe: Observe
  readonly dataFolder: DataFolder
  /** Aborted when the server stops, after draining. */
  readonly signal: AbortSignal
  /** Every module of this run in start order, so that the database can prepare all their tables before any of them starts. */
  readonly modules: readonly ModuleInfo[]
}

export interface ModuleInfo {
  readonly name: string
  readonly migrations: readonly Migration[]
}

export interface Module<Api = unknown, S extends SettingsSpec = SettingsSpec, N extends Needs = Needs> {
  readonly provides: Token<Api>
  readonly needs: N
  readonly settings: S
  readonly migrations?: readonly Migration[]
  start(context: StartContext<S, N>): Promise<Running<Api>>
}

export function defineModule<Api, const S extends SettingsSpec, const N extends Needs>(
  module: Module<Api, S, N>,
): Module<Api, S, N> {
  return module
}

/** Mounts the surfaces' routes on Hono: key check, handler, and each refusal in its surface's own shape. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Identity } from '@plinth/protocol'
import { Hono, type Context } from 'hono'
import { Failure } from '../kernel/failure.ts'
import type { Access, Call, Route, Surface } from '../kernel/module.ts'
import type { Observe } from '../kernel/observe.ts'
import type { BodyBounds } from './body.ts'
import { CallContext } from './call-context.ts'
import type { ClientAddress } from './client-address.ts'
import { allowOrigin, answerPreflight } from './cors.ts'

/** What Hono's Node adapter hands to handlers. */
interface Env {
  Bindings: { incoming: IncomingMessage; outgoing: ServerResponse }
}

export interface RouterOptions {
  readonly surfaces: readonly Surface[]
  readonly identify: (request: Request) => Identity | Promise<Identity>
  readonly observe: Observe
  readonly bounds: BodyBounds
  readonly clientAddress: ClientAddress
}

/** Roles that may do everything: the service key's, and the one that Supabase's own services use. */
const serviceRoles = new Set(['service_role', 'supabase_admin'])

const nobody: Identity = { role: 'anon', claims: {}, claimsJson: '{}' }

export function createRouter(options: RouterOptions): Hono<Env> {
  const app = new Hono<Env>()
  // Longer prefixes first, so that /storage/v1/s3 is not taken for /storage/v1.
  const surfaces = options.surfaces.toSorted((a, b) => b.prefix.length - a.prefix.length)
  for (const surface of surfaces) {
    for (const route of surface.routes) {
      const methods = typeof route.method === 'string' ? [route.method] : [...route.method]
      app.on(methods, `${surface.prefix}${route.path}`, async (context) =>
        serve(context, { surface, route, options }),
      )
    }
  }
  for (const surface of surfaces.filter(({ prefix }) => prefix !== '')) {
    app.all(`${surface.prefix}/*`, async (context) =>
      serve(context, { surface, route: missing(surface), options }),
    )
  }
  app.notFound(async (context) => {
    const surface = { prefix: '', routes: [], refuse: refusePlainly }
    return serve(context, { surface, route: missing(surface), options })
  })
  return app
}

interface Mounted {
  readonly surface: Surface
  readonly route: Route
  readonly options: RouterOptions
}

async function serve(context: Context<Env>, mounted: Mounted): Promise<Response> {
  const startedAt = performance.now()
  const { incoming, outgoing } = context.env
  const requestId = nextRequestId()
  outgoing.setHeader('x-request-id', requestId)
  allowOrigin(incoming, outgoing, mounted.surface.cors)
  const response = answerPreflight(incoming) ?? (await answer(context, mounted, requestId))
  mounted.options.observe('request_finished', {
    requestId,
    method: incoming.method ?? '',
    route: `${mounted.surface.prefix}${mounted.route.path}`,
    path: pathOf(incoming),
    status: response.status,
    durationMs: performance.now() - startedAt,
  })
  return response
}

async function answer(context: Context<Env>, mounted: Mounted, requestId: string): Promise<Response> {
  const { surface, route, options } = mounted
  const request = context.req.raw
  let call: Call | undefined
  try {
    const startedAt = performance.now()
    const given = route.access === 'open' ? nobody : identify(request, mounted)
    const identity = given instanceof Promise ? await given : given
    checkAccess(route.access, identity)
    call = new CallContext(
      {
        request,
        params: context.req.param(),
        incoming: context.env.incoming,
        outgoing: context.env.outgoing,
        requestId,
        identifiedMs: performance.now() - startedAt,
        bounds: {
          ...options.bounds,
          ...(route.bodyBytesMax === undefined ? {} : { bytesMax: route.bodyBytesMax }),
        },
        clientAddress: () => addressOf(context.env.incoming, options.clientAddress),
      },
      identity,
    )
    return await route.handle(call)
  } catch (error) {
    return surface.refuse(
      refusalOf(error, { mounted, call, requestId, incoming: context.env.incoming }),
      request,
    )
  }
}

function identify(request: Request, { surface, options }: Mounted): Identity | Promise<Identity> {
  return surface.identify === undefined ? options.identify(request) : surface.identify(request)
}

interface Caught {
  readonly mounted: Mounted
  readonly call: Call | undefined
  readonly requestId: string
  readonly incoming: IncomingMessage
}

/** The refusal that an error stands for; an error that nobody can explain is our bug, logged whole and told as an id. */
function refusalOf(error: unknown, caught: Caught): Failure {
  const explained = error instanceof Failure ? error : caught.mounted.surface.explain?.(error, caught.call)
  const failure = explained ?? new Failure('internal', { requestId: caught.requestId }, { cause: error })
  if (explained === undefined) {
    caught.mounted.options.observe('request_failed', {
      requestId: caught.requestId,
      method: caught.incoming.method ?? '',
      path: pathOf(caught.incoming),
      error,
    })
  }
  return failure
}

function checkAccess(access: Access, identity: Identity): void {
  if (access === 'service' && !serviceRoles.has(identity.role))
    throw new Failure('permission_denied', { needs: 'the service key' })
  if (access === 'user' && typeof identity.claims['sub'] !== 'string')
    throw new Failure('permission_denied', { needs: 'a signed-in user' })
}

function missing(surface: Surface): Route {
  return {
    method: 'ALL',
    path: '/*',
    access: 'open',
    summary: '',
    handle: (call) => {
      throw new Failure('route_not_found', {
        path: `${surface.prefix}${call.url.pathname.slice(surface.prefix.length)}`,
      })
    },
  }
}

/** The shape of a refusal where no surface has one of its own. */
export function refusePlainly(failure: Failure): Response {
  const { wireCode: code, message, details, hint, status } = failure
  return Response.json({ code, message, details, hint }, { status })
}

function addressOf(incoming: IncomingMessage, clientAddress: ClientAddress): string {
  const forwarded = incoming.headers['x-forwarded-for']
  return clientAddress(
    incoming.socket.remoteAddress,
    typeof forwarded === 'string' ? forwarded : forwarded?.join(','),
  )
}

/** Without the query: it may hold keys and people's data, which never reach a log. */
function pathOf(incoming: IncomingMessage): string {
  return (incoming.url ?? '').split('?', 1)[0] ?? ''
}

let requests = 0
const requestPrefix = Date.now().toString(36)

/** Unique in this process, and with its start time nearly so beyond it. */
function nextRequestId(): string {
  return `${requestPrefix}-${(++requests).toString(36)}`
}

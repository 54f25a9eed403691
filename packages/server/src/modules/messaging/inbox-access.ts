/**
 * Who may read the inbox. It holds links that sign people in. Without a key only programs of this machine: not a page of
 * some other site in a browser here, not a site whose name was pointed at this machine, not callers behind a proxy.
 */
import { Failure } from '../../kernel/failure.ts'
import type { Call } from '../../kernel/module.ts'
import { isLoopback } from '../../kernel/shared-settings.ts'
import type { Keys } from '../keys/index.ts'

/** Refuses with `permission_denied`, `key_…` or `token_…`. */
export async function refuseInboxStranger(call: Call, keys: Keys): Promise<void> {
  if (isFromHere(call)) return
  const { role } = await keys.identify(call.request)
  if (role !== 'service_role') throw new Failure('permission_denied', { needs: 'the service key' })
}

function isFromHere(call: Call): boolean {
  const { headers } = call
  if (!isLoopback(call.clientAddress) || !isLoopback(call.url.hostname)) return false
  if (headers['x-forwarded-for'] !== undefined || headers['forwarded'] !== undefined) return false
  const site = headers['sec-fetch-site']
  const isNavigation = headers['sec-fetch-mode'] === 'navigate' && call.request.method === 'GET'
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isNavigation) return false
  const { origin } = headers
  return origin === undefined || origin === call.url.origin
}

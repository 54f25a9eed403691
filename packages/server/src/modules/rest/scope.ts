/** Under which identity and settings the statements of a request run. */
import type { Catalog } from '../../db/catalog/index.ts'
import type { Scope } from '../../db/index.ts'
import { quoteName } from '../../db/sql.ts'
import type { Call } from '../../kernel/module.ts'
import type { RestContext } from './context.ts'
import type { RestRequest } from './request/request.ts'

const prefix = '/rest/v1'

/**
 * The role's own settings come after ours, so that they win, and all before the switch to the role, which may not be
 * allowed to set them.
 */
export function scopeOf(
  call: Call,
  request: RestRequest,
  given: { readonly catalog: Catalog; readonly context: RestContext; readonly isReadOnly: boolean },
): Scope {
  const { identity } = call
  const { timezone } = request.preferences
  const settings: (readonly [string, string])[] = [
    ['search_path', searchPath(request.schema, given.context.settings.extraSearchPath)],
    ...(given.catalog.roleSettings.get(identity.role) ?? []),
    ['request.jwt.claims', identity.claimsJson],
    ['request.method', call.request.method],
    ['request.path', call.url.pathname.slice(prefix.length)],
    ['request.headers', headersJson(call.headers)],
    ['request.cookies', cookiesJson(call.request.headers.get('cookie'))],
  ]
  if (timezone !== undefined) settings.push(['timezone', timezone])
  if (given.isReadOnly) settings.push(['transaction_read_only', 'on'])
  return { role: identity.role, settings }
}

const searchPaths = new Map<string, string>()

/** There are as many as there are schemas to choose from. */
function searchPath(schema: string, extra: readonly string[]): string {
  const key = `${schema}\0${extra.join('\0')}`
  const known = searchPaths.get(key)
  if (known !== undefined) return known
  const path = [schema, ...extra].map(quoteName).join(', ')
  searchPaths.set(key, path)
  return path
}

/** Cookies have a setting of their own. */
function headersJson(headers: Call['headers']): string {
  return JSON.stringify(headers['cookie'] === undefined ? headers : { ...headers, cookie: undefined })
}

function cookiesJson(header: string | null): string {
  if (header === null) return '{}'
  const pairs = header.split(';').map((part) => {
    const equals = part.indexOf('=')
    return equals === -1 ? [part.trim(), ''] : [part.slice(0, equals).trim(), part.slice(equals + 1).trim()]
  })
  return JSON.stringify(Object.fromEntries(pairs))
}

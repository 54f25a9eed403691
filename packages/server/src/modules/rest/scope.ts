/** Under which identity and settings the statements of a request run. */
import type { Catalog, Routine } from '../../db/catalog/index.ts'
import type { Scope } from '../../db/index.ts'
import { quoteName } from '../../db/sql.ts'
import type { Call } from '../../kernel/module.ts'
import type { RestContext } from './context.ts'

/** What is asked for, in which schema. */
export interface Asked {
  readonly schema: string
  readonly timezone: string | undefined
  readonly isReadOnly: boolean
  /** The function that is called: its own settings may hold for the whole transaction. */
  readonly routine: Routine | undefined
}

/**
 * The role's own settings come after ours, so that they win, and all before the switch to the role, which may not be
 * allowed to set them.
 */
export function scopeOf(
  call: Call,
  asked: Asked,
  given: { readonly catalog: Catalog; readonly context: RestContext },
): Scope {
  const { identity } = call
  const { timezone, routine } = asked
  const config = given.context.settings
  const settings: (readonly [string, string])[] = [
    ['search_path', searchPath(asked.schema, config.extraSearchPath)],
    ...(given.catalog.roleSettings.get(identity.role) ?? []),
    ['request.jwt.claims', identity.claimsJson],
    ['request.method', call.request.method],
    ['request.path', pathBelow(config.path, call.url.pathname)],
    ['request.headers', headersJson(call.headers)],
    ['request.cookies', cookiesJson(call.request.headers.get('cookie'))],
  ]
  if (timezone !== undefined) settings.push(['timezone', timezone])
  if (routine !== undefined) settings.push(...hoisted(routine, config.hoistedSettings))
  settings.push(...config.appSettingPairs)
  if (asked.isReadOnly) settings.push(['transaction_read_only', 'on'])
  return { role: identity.role, settings }
}

/** The isolation level is chosen when the transaction begins. */
function hoisted({ settings }: Routine, names: readonly string[]): readonly (readonly [string, string])[] {
  return settings.filter(([name]) => name !== isolationSetting && names.includes(name))
}

const isolationSetting = 'default_transaction_isolation'

/** The function's own level, or the role's; undefined for the usual one. */
export function isolationOf(
  { identity }: Call,
  routine: Routine | undefined,
  given: { readonly catalog: Catalog; readonly context: RestContext },
): 'repeatable read' | 'serializable' | undefined {
  const isHoisted = given.context.settings.hoistedSettings.includes(isolationSetting)
  const own = isHoisted ? routine?.settings.find(([name]) => name === isolationSetting)?.[1] : undefined
  const level = own ?? given.catalog.roleIsolation.get(identity.role)
  return levels.find((known) => known === level?.toLowerCase())
}

const levels = ['repeatable read', 'serializable'] as const

function pathBelow(prefix: string, path: string): string {
  return prefix === '/' ? path : path.slice(prefix.length)
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

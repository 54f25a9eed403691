/**
 * Where a browser may be sent after it has followed a link: the site, and what the project lists. A URL is judged as
 * browsers read it; one that different programs could read differently is refused.
 */
import { isIP } from 'node:net'
import type { Call } from '../../../kernel/module.ts'
import { isLoopback } from '../../../kernel/shared-settings.ts'
import { type Glob, parseGlob } from './glob.ts'

export interface RedirectRules {
  /** The first of these that is allowed: `redirect_to` of header or query, the page that asks, the site. */
  choose(call: Call): string
  isAllowed(url: string): boolean
  /** Patterns that nothing can match, because they are broken. */
  readonly broken: readonly string[]
}

interface Pattern {
  readonly whole: Glob
  /** For `https://` patterns with a path: what the host and port must match by themselves. */
  readonly authority: Glob | undefined
}

export function createRedirectRules(siteUrl: string, patterns: readonly string[]): RedirectRules {
  const parsed = patterns.map((pattern) => ({ pattern, parsed: parsePattern(pattern) }))
  const allowed = parsed.flatMap((one) => (one.parsed === undefined ? [] : [one.parsed]))
  const isAllowed = (url: string): boolean => {
    const target = readTarget(url)
    if (target === undefined) return false
    return isOfSite(target, siteUrl) || (isFineHost(target) && allowed.some((one) => isMatch(one, target)))
  }
  return {
    isAllowed,
    broken: parsed.flatMap((one) => (one.parsed === undefined ? [one.pattern] : [])),
    choose: (call) => {
      const wishes = [
        call.request.headers.get('redirect_to'),
        call.url.searchParams.get('redirect_to'),
        call.request.headers.get('referer'),
      ]
      return wishes.find((wish) => wish !== null && wish !== '' && isAllowed(wish)) ?? siteUrl
    },
  }
}

interface Target {
  readonly text: string
  /** With its colon. */
  readonly scheme: string
  /** Host and port as they stand in the text; empty where there is no `//`. */
  readonly authority: string
  readonly url: URL
}

const charsMax = 2048
/** They run what is in the URL, or show what the URL says as if it were ours. */
const activeSchemes = new Set([
  'javascript:',
  'data:',
  'vbscript:',
  'blob:',
  'file:',
  'filesystem:',
  'about:',
  'view-source:',
])

function readTarget(text: string): Target | undefined {
  if (text.length > charsMax || /[\p{Cc}\p{Cf}\p{Z}\p{Cs}\\<>"]/u.test(text)) return undefined
  const [, scheme = '', authority = ''] = /^([a-z][a-z\d+.-]*:)(?:\/\/([^/?#]*))?/i.exec(text) ?? []
  if (scheme === '' || activeSchemes.has(scheme.toLowerCase())) return undefined
  const url = parseUrl(text)
  if (url === undefined) return undefined
  const target = { text, scheme: scheme.toLowerCase(), authority, url }
  return isHttp(target) && !isReadByAllAlike(target) ? undefined : target
}

function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}

function isHttp({ scheme }: Target): boolean {
  return scheme === 'http:' || scheme === 'https:'
}

/** The host that a browser goes to stands in the text, letter by letter, and nothing but a port beside it. */
function isReadByAllAlike({ authority, url }: Target): boolean {
  if (authority.includes('@') || url.username !== '' || url.password !== '') return false
  return authority.toLowerCase().replace(/:\d*$/, '') === url.hostname
}

function isOfSite({ url, scheme }: Target, siteUrl: string): boolean {
  const site = parseUrl(siteUrl)
  if (site === undefined || site.protocol !== scheme || site.hostname !== url.hostname) return false
  // Programs of this machine listen where they can (RFC 8252, section 7.3).
  return site.port === url.port || isLoopback(url.hostname)
}

/** Addresses are written as names, except those of this machine. */
function isFineHost(target: Target): boolean {
  if (!isHttp(target)) return true
  const host = target.url.hostname
  if (/^\d+$/.test(host)) return false
  if (isIP(host.replace(/^\[|\]$/g, '')) !== 0) return isLoopback(host)
  return /^[a-z\d](?:[a-z\d.-]*[a-z\d])?$/i.test(host)
}

function parsePattern(pattern: string): Pattern | undefined {
  const whole = parseGlob(pattern)
  if (whole === undefined) return undefined
  const authority = /^https?:\/\/([^/{}[\]\\]+)\//i.exec(pattern)?.[1]
  return { whole, authority: authority === undefined ? undefined : parseGlob(authority) }
}

/** A `**` before the first slash of a pattern must not reach over a slash of the URL into its path. */
function isMatch({ whole, authority }: Pattern, target: Target): boolean {
  const withoutFragment = target.text.split('#', 1)[0] ?? ''
  if (!whole.matches(withoutFragment)) return false
  return authority === undefined || authority.matches(target.authority)
}

/** Where links may lead: the rules of GoTrue's allow list, and what no list may let through. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseGlob } from './glob.ts'
import { createRedirectRules } from './redirect-rules.ts'

const site = 'https://app.example.com'

function allows(url: string, ...patterns: string[]): boolean {
  return createRedirectRules(site, patterns).isAllowed(url)
}

describe('patterns', () => {
  test.each([
    ['http://localhost:3000/*', 'http://localhost:3000/a', true],
    ['http://localhost:3000/*', 'http://localhost:3000/a/b', false],
    ['http://localhost:3000/*', 'http://localhost:3000/a.b', false],
    ['http://localhost:3000/**', 'http://localhost:3000/a/b.c?d=e', true],
    ['https://*.example.org', 'https://a.example.org', true],
    ['https://*.example.org', 'https://a.b.example.org', false],
    ['https://**.example.org', 'https://a.b.example.org', true],
    ['https://*-team.vercel.app/**', 'https://x-team.vercel.app/y/z', true],
    ['https://ex?mple.org/', 'https://example.org/', true],
    ['https://example.org/[a-c]x', 'https://example.org/bx', true],
    ['https://example.org/[!a-c]x', 'https://example.org/bx', false],
    ['https://example.org/{one,two}', 'https://example.org/two', true],
    ['https://example.org/{one,two}', 'https://example.org/three', false],
    [String.raw`https://example.org/\*`, 'https://example.org/*', true],
    [String.raw`https://example.org/\*`, 'https://example.org/a', false],
    ['com.example.app://**', 'com.example.app://callback/x', true],
    ['myapp:/callback', 'myapp:/callback', true],
    ['https://example.org/cb', 'https://example.org/cb#fragment', true],
    ['https://example.org/cb', 'https://example.org/cb/', false],
  ])('%s for %s: %s', (pattern, url, expected) => {
    expect(allows(url, pattern)).toBe(expected)
  })

  test.each(['[', '{a', '[]', 'a}{', String.raw`a\ `.trim()])(
    '%s is broken and matches nothing',
    (pattern) => {
      const rules = createRedirectRules(site, [pattern, 'https://ok.example/'])
      expect(rules.isAllowed('https://ok.example/')).toBe(true)
      if (parseGlob(pattern) === undefined) expect(rules.broken).toEqual([pattern])
    },
  )

  test('take time in proportion, however they are written', () => {
    const glob = parseGlob(`${'**a'.repeat(50)}b`)
    const startedAt = performance.now()
    expect(glob?.matches('a'.repeat(2000))).toBe(false)
    expect(performance.now() - startedAt).toBeLessThan(2000)
  })
})

describe('the site', () => {
  test.each([
    ['https://app.example.com', true],
    ['https://app.example.com/any/path?x=y', true],
    ['https://APP.example.com/', true],
    ['http://app.example.com/', false],
    ['https://app.example.com:444/', false],
    ['https://app.example.com.evil.com/', false],
    ['https://evil.com/https://app.example.com', false],
  ])('%s: %s', (url, expected) => {
    expect(allows(url)).toBe(expected)
  })

  test('on this machine has any port', () => {
    const rules = createRedirectRules('http://localhost:3000', [])
    expect(rules.isAllowed('http://localhost:5173/x')).toBe(true)
    expect(rules.isAllowed('http://127.0.0.1:5173/x')).toBe(false)
  })
})

describe('never', () => {
  const everything = ['**', 'https://**', 'http://**', 'javascript:**', '*:**', 'https://**.example.org/**']
  test.each([
    '',
    '/relative',
    '//evil.com',
    'evil.com',
    'javascript:alert(1)',
    'JavaScript:alert(1)//https://app.example.com',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:https://app.example.com/x',
    String.raw`https:\\evil.com`,
    String.raw`https://evil.com\.example.org/`,
    String.raw`https://app.example.com\@evil.com/`,
    'https://app.example.com@evil.com/',
    'https://user:pass@app.example.com/',
    'https:///evil.com',
    'https:/evil.com',
    'https:evil.com',
    'https://evil。com/',
    'https://ⓔvil.com/',
    'https://app.example.com\u200b.evil.com/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://8.8.8.8/',
    'https://[2001:db8::1]/',
    'https://evil.com /x',
    'https://evil.com\r\nset-cookie: a=b',
    'https://%65vil.com/',
    `https://evil.com/${'x'.repeat(3000)}`,
  ])('%#', (url) => {
    expect(allows(url, ...everything)).toBe(false)
  })

  test('does a wildcard before the path reach into it', () => {
    for (const url of [
      'https://evil.com/x.example.org/',
      'https://evil.com?a.example.org/',
      'https://evil.com#a.example.org/',
    ])
      expect(allows(url, 'https://**.example.org/**', 'https://**.example.org/')).toBe(false)
  })

  test('does what is allowed lead a browser elsewhere', () => {
    const part = fc.constantFrom(
      'https:',
      'http:',
      '//',
      '/',
      '\\',
      '@',
      ':',
      '.',
      '?',
      '#',
      'evil.com',
      'a.example.org',
      'app.example.com',
      '%2f',
      '\t',
      'é',
      '。',
      '[',
      ']',
      '443',
      ' ',
    )
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 10 }).map((parts) => `https://${parts.join('')}`),
        (url) => {
          if (!allows(url, 'https://*.example.org/**', 'https://**.example.org/x')) return
          const { protocol, hostname } = new URL(url)
          expect(protocol).toBe('https:')
          expect(hostname === 'app.example.com' || hostname.endsWith('.example.org')).toBe(true)
        },
      ),
      { numRuns: 20_000 },
    )
  })
})

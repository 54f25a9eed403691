/** Go templates as e-mails use them: a table of cases, and what must hold for every value. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseTemplate } from './parse.ts'
import { renderHtml, renderText } from './render.ts'
import { TemplateError } from './tokens.ts'

const variables = {
  Email: 'ann@example.com',
  Token: '123456',
  SiteURL: 'https://app.example.com',
  ConfirmationURL: 'https://x.example/verify?token=a&type=signup&redirect_to=https://app.example.com',
  RedirectTo: 'https://app.example.com/a?b=c',
  Data: { name: '<b>Ann</b>', age: 7, tags: ['x', 'y'], locale: 'de', empty: '', nested: { deep: 'yes' } },
}

function html(source: string, values: Readonly<Record<string, unknown>> = variables): string {
  return renderHtml(parseTemplate(source), values)
}

describe('what templates say', () => {
  test.each([
    ['Hello {{ .Email }}!', 'Hello ann@example.com!'],
    ['{{.Token}}', '123456'],
    ['{{ .Data.nested.deep }}', 'yes'],
    ['[{{ .Data.nothing }}{{ .Nothing.at.all }}]', '[]'],
    ['a {{- .Token -}} b', 'a123456b'],
    ['a{{/* a comment with }} in it */}}b', 'ab'],
    ['{{ if .Data.empty }}x{{ else }}y{{ end }}', 'y'],
    [
      '{{ if eq .Data.locale "en" }}Hi{{ else if eq .Data.locale "fr" "de" }}Hallo{{ else }}?{{ end }}',
      'Hallo',
    ],
    ['{{ if and .Data.name (not .Data.empty) }}both{{ end }}', 'both'],
    ['{{ if or .Data.empty .Data.age }}one{{ end }}', 'one'],
    ['{{ if gt .Data.age 6 }}old{{ end }}{{ if lt .Data.age 6 }}young{{ end }}', 'old'],
    ['{{ with .Data.nested }}{{ .deep }} {{ $.Token }}{{ end }}', 'yes 123456'],
    ['{{ with .Data.empty }}x{{ else }}none{{ end }}', 'none'],
    ['{{ range .Data.tags }}<i>{{ . }}</i>{{ else }}none{{ end }}', '<i>x</i><i>y</i>'],
    ['{{ $n := .Data.age }}{{ $n }}{{ $n = "z" }}{{ $n }}', '7z'],
    ['{{ index .Data.tags 1 }}{{ len .Data.tags }}{{ (index .Data "nested").deep }}', 'y2yes'],
    ['{{ printf "%s is %d" .Email 7 }}', 'ann@example.com is 7'],
    ['{{ .Email | printf "to %s" }}', 'to ann@example.com'],
    ['{{ "quoted }} text" }}{{ `raw` }}{{ true }}{{ -1.5 }}', 'quoted }} textrawtrue-1.5'],
  ])('%s', (source, expected) => {
    expect(html(source)).toBe(expected)
  })

  test.each([
    ['{{ .Data.name }}', '&lt;b&gt;Ann&lt;/b&gt;'],
    [
      '<a href="{{ .ConfirmationURL }}">',
      '<a href="https://x.example/verify?token=a&amp;type=signup&amp;redirect_to=https://app.example.com">',
    ],
    [
      '<a href="{{ .SiteURL }}/c?next={{ .RedirectTo }}&t={{ .Token }}">',
      '<a href="https://app.example.com/c?next=https%3A%2F%2Fapp.example.com%2Fa%3Fb%3Dc&t=123456">',
    ],
    ['<a href="{{ .Evil }}">', '<a href="#ZgotmplZ">'],
    ['<a href={{ .Odd }}>', '<a href=a%20onclick&#61;b>'],
    ['<p title="{{ .Quote }}">', '<p title="&#34;&#39;">'],
    [
      '<script>let a = {{ .Close }}</script>{{ .Close }}',
      '<script>let a = "\\u003c/script\\u003e"</script>&lt;/script&gt;',
    ],
    ['<style>a { color: {{ .Css }} }</style>', '<style>a { color: red background urljavascript1 }</style>'],
    ['<p {{ .Handler }}="x">', '<p zgotmplz="x">'],
    ['<!-- {{ .Token }} -->', '<!--  -->'],
  ])('%s, escaped for its place', (source, expected) => {
    const values = {
      ...variables,
      Evil: 'javascript:alert(1)',
      Odd: 'a onclick=b',
      Quote: `"'`,
      Close: '</script>',
      Css: 'red; background: url(javascript:1)'.replaceAll(':', ''),
      Handler: 'onclick',
    }
    expect(html(source, values)).toBe(expected)
  })

  test('a subject is text, not HTML', () => {
    expect(renderText(parseTemplate(`{{ .Name }}'s code`), { Name: 'A&B' })).toBe(`A&B's code`)
  })
})

describe('what is refused, by line', () => {
  test.each([
    ['{{ if .A }}', 1, 'has no'],
    ['a\n{{ end }}', 2, 'closes nothing'],
    ['{{ .A', 1, 'not closed'],
    ['{{ exec "rm" }}', 1, 'no function exec'],
    ['{{ template "x" }}', 1, 'not supported'],
    ['{{ .A .B }}', 1, 'only a function'],
    ['{{ .A | .B }}', 1, 'only a function'],
    ['{{ (.A }}', 1, 'not closed'],
    ['{{ }}', 1, 'missing'],
    ['\n\n{{ ! }}', 3, 'cannot read'],
    ['{{ if .A }}'.repeat(60) + '{{ end }}'.repeat(60), 1, 'too deeply'],
    ['x'.repeat(300_000), 1, 'longer'],
  ])('%#', (source, line, words) => {
    const parse = (): unknown => parseTemplate(source)
    expect(parse).toThrow(TemplateError)
    expect(parse).toThrow(words)
    try {
      parse()
    } catch (error) {
      expect(error).toMatchObject({ line })
    }
  })

  test('work is bounded', () => {
    const items = Array.from({ length: 400 }, () => 1)
    const source = '{{ range .I }}{{ range $.I }}{{ range $.I }}x{{ end }}{{ end }}{{ end }}'
    expect(() => html(source, { I: items })).toThrow('too much')
  })
})

describe('for every value', () => {
  const places = [
    'text {{ .V }} end',
    '<p class="{{ .V }}">t</p>',
    `<p class='{{ .V }}'>t</p>`,
    '<p class={{ .V }}>t</p>',
    '<a href="{{ .V }}">t</a>',
    '<a href="https://x.example/?q={{ .V }}">t</a>',
    '<script>let a = {{ .V }};</script>',
    '<style>p { color: {{ .V }} }</style>',
    '<p {{ .V }}>t</p>',
    '<!-- {{ .V }} -->',
  ]

  test('the markup is that of the template: no value adds a tag, an attribute or an end', () => {
    fc.assert(
      fc.property(fc.constantFrom(...places), hostile, (source, value) => {
        const harmless = skeleton(html(source, { V: 'x' }))
        expect(skeleton(html(source, { V: value }))).toBe(harmless)
      }),
      { numRuns: 3000 },
    )
  })

  test('a link leads nowhere active', () => {
    fc.assert(
      fc.property(hostile, (value) => {
        const link = /href="([^"]*)"/.exec(html('<a href="{{ .V }}">', { V: value }))?.[1] ?? ''
        expect(link).not.toMatch(/^\s*(?:javascript|data|vbscript):/i)
      }),
      { numRuns: 2000 },
    )
  })

  test('nothing but own entries is reached', () => {
    for (const path of ['.constructor', '.__proto__', '.V.constructor.name', '.V.length', '.toString'])
      expect(html(`{{ ${path} }}`, { V: 'text' })).toBe('')
  })

  test('parsing anything answers or refuses', () => {
    const piece = fc.constantFrom(
      '{{',
      '}}',
      ' if ',
      'end',
      'else',
      '.A',
      '$x',
      ':=',
      '"',
      '`',
      '(',
      ')',
      '|',
      '-',
      '/*',
      '*/',
      'x',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        try {
          html(pieces.join(''))
        } catch (error) {
          expect(error).toBeInstanceOf(TemplateError)
        }
      }),
      { numRuns: 3000 },
    )
  })
})

const hostile = fc.oneof(
  fc.string(),
  fc
    .array(
      fc.constantFrom(
        '<',
        '>',
        '"',
        "'",
        '`',
        '=',
        ' ',
        '\n',
        '/',
        '\\',
        '-->',
        '</script>',
        '</style>',
        '{{',
        'on',
        'javascript:',
        'x',
        '&',
        '\0',
        '\u2028',
        '\ud800',
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join('')),
)

/** The markup without what stands in texts, attribute values, scripts and names. */
function skeleton(text: string): string {
  return text
    .replaceAll(/<(script|style)>[^]*?<\/\1>/g, '<$1></$1>')
    .replaceAll(/(class|href)="[^"]*"/g, '$1=""')
    .replaceAll(/(class|href)='[^']*'/g, `$1=''`)
    .replaceAll(/(class|href)=[^\s"'>]+/g, '$1=')
    .replaceAll(/<p [a-z\d-]+>/gi, '<p >')
    .replaceAll(/<p class=>/g, '<p class=>')
    .replaceAll(/>[^<]*</g, '><')
    .replaceAll(/^[^<>]*$/g, '')
}

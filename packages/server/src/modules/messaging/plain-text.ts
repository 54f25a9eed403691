/** HTML as plain text, for mail programs that show none, and for previews. */

const blockEnd = /<\/(?:p|div|h[1-6]|li|tr|table|ul|ol|blockquote|title)\s*>|<br\s*\/?>|<hr\s*\/?>/gi

const anchor = /<a\b[^>]*?\shref\s*=\s*(?:"([^"]*)"|'([^']*)')[^>]*>([^]*?)<\/a\s*>/gi

export function plainText(html: string): string {
  const visible = html
    .replaceAll(/<!--[^]*?-->/g, '')
    .replaceAll(/<(head|style|script|title)\b[^>]*>[^]*?<\/\1\s*>/gi, '')
    .replaceAll(/\s+/g, ' ')
  const withLinks = visible.replaceAll(anchor, (...match: readonly unknown[]) => {
    const [, double, single, label] = match.map((part) => (typeof part === 'string' ? part : ''))
    return linkText(withoutTags(label ?? '').trim(), double === '' ? (single ?? '') : (double ?? ''))
  })
  return unescapeHtml(withoutTags(withLinks.replaceAll(blockEnd, '\n\n')))
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()
}

function linkText(label: string, url: string): string {
  return label === '' || label === url ? url : `${label} ( ${url} )`
}

function withoutTags(html: string): string {
  return html.replaceAll(/<[^<>]*>/g, '')
}

const named: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
}

/** Once over, so that what was escaped twice stays escaped once. */
function unescapeHtml(text: string): string {
  return text.replaceAll(/&(#\d{1,7}|#x[\da-f]{1,6}|\w{2,10});/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return named[name.toLowerCase()] ?? whole
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
    return code > 0 && code <= 0x10_ff_ff ? String.fromCodePoint(code) : whole
  })
}

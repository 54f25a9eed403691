/**
 * Follows where in a piece of HTML the next value will stand, and escapes it for that place, as Go's html/template
 * does: text, attribute, URL, query of a URL, script, style. Only the template's own text is followed; an escaped value
 * cannot change the place.
 */

type Place = 'text' | 'tag' | 'name' | 'attribute' | 'comment' | 'script' | 'style'

const urlAttributes = new Set([
  'href',
  'src',
  'action',
  'formaction',
  'background',
  'poster',
  'cite',
  'xlink:href',
])

export class HtmlPosition {
  #place: Place = 'text'
  #tag = ''
  #attribute = ''
  /** The quote that ends the attribute; empty for one without quotes. */
  #quote = ''
  /** What stands in the attribute so far, values included. */
  #value = ''

  /** Text of the template itself. */
  pass(text: string): void {
    let position = 0
    while (position < text.length) position = this.#step(text, position)
  }

  /** `value` so that it can do no harm where it stands. */
  escape(value: string): string {
    switch (this.#place) {
      case 'text':
        return escapeHtml(value)
      case 'attribute': {
        const shown = this.#escapeAttribute(value)
        this.#value += shown
        return shown
      }
      case 'script':
        return JSON.stringify(value)
          .replaceAll('<', String.raw`\u003c`)
          .replaceAll('>', String.raw`\u003e`)
      case 'style':
        return value.replaceAll(/[^\w\s#%.,-]/g, '')
      case 'tag':
      case 'name':
        // A value as a name of a tag or an attribute: nothing that could end it or make it active.
        return /^(?!on|src|href|style|action)[a-z\d-]+$/i.test(value) ? value : 'zgotmplz'
      case 'comment':
        return ''
    }
  }

  #escapeAttribute(value: string): string {
    const safe = urlAttributes.has(this.#attribute) ? this.#escapeUrl(value) : value
    const escaped = escapeHtml(this.#attribute.startsWith('on') ? JSON.stringify(safe) : safe)
    return this.#quote === ''
      ? escaped.replaceAll(/\s|=|`/g, (character) => `&#${character.charCodeAt(0)};`)
      : escaped
  }

  #escapeUrl(value: string): string {
    if (/[?#]/.test(this.#value)) return encodeURIComponent(value)
    const isStart = this.#value.trim() === ''
    if (isStart && !isHarmlessUrl(value)) return '#ZgotmplZ'
    return value.replaceAll(/[\s"'<>`\\^{|}\u0080-\u{10ffff}]/gu, (character) => percentEncoded(character))
  }

  #step(text: string, position: number): number {
    switch (this.#place) {
      case 'text':
        return this.#inText(text, position)
      case 'comment':
        return this.#until(text, position, '-->')
      case 'script':
      case 'style':
        return this.#inRawText(text, position)
      case 'tag':
        return this.#inTag(text, position)
      case 'name':
        return this.#afterName(text, position)
      case 'attribute':
        return this.#inAttribute(text, position)
    }
  }

  #inText(text: string, position: number): number {
    const open = text.indexOf('<', position)
    if (open === -1) return text.length
    if (text.startsWith('<!--', open)) {
      this.#place = 'comment'
      return open + 4
    }
    const name = /^<\/?([a-z][^\s/>]*)/i.exec(text.slice(open, open + 100))
    if (name === null) return open + 1
    this.#tag = (name[0].startsWith('</') ? '' : (name[1] ?? '')).toLowerCase()
    this.#place = 'tag'
    return open + name[0].length
  }

  #until(text: string, position: number, end: string): number {
    const found = text.indexOf(end, position)
    if (found === -1) return text.length
    this.#place = 'text'
    return found + end.length
  }

  #inRawText(text: string, position: number): number {
    const end = new RegExp(`</${this.#tag}`, 'i').exec(text.slice(position))
    if (end === null) return text.length
    this.#place = 'tag'
    this.#tag = ''
    return position + end.index + end[0].length
  }

  #inTag(text: string, position: number): number {
    const rest = /^[\s/]*/.exec(text.slice(position))?.[0].length ?? 0
    const start = position + rest
    if (start >= text.length) return start
    if (text[start] === '>') {
      this.#place = this.#tag === 'script' || this.#tag === 'style' ? this.#tag : 'text'
      return start + 1
    }
    const name = /^[^\s/>=]+|^=/.exec(text.slice(start))?.[0] ?? ' '
    this.#attribute = name.toLowerCase()
    this.#place = 'name'
    return start + name.length
  }

  #afterName(text: string, position: number): number {
    const match = /^\s*=\s*(["']?)/.exec(text.slice(position))
    if (match === null) {
      this.#place = 'tag'
      return position
    }
    this.#quote = match[1] ?? ''
    this.#value = ''
    this.#place = 'attribute'
    return position + match[0].length
  }

  #inAttribute(text: string, position: number): number {
    const end =
      this.#quote === ''
        ? text.slice(position).search(/[\s>]/)
        : text.indexOf(this.#quote, position) - position
    if (end < 0) {
      this.#value += text.slice(position)
      return text.length
    }
    this.#value += text.slice(position, position + end)
    this.#place = 'tag'
    return position + end + this.#quote.length
  }
}

/** Whether a URL may stand in a link: relative, or of a kind that runs nothing. */
function isHarmlessUrl(url: string): boolean {
  const scheme = /^[^/?#:]*:/.exec(url)?.[0].toLowerCase()
  return scheme === undefined || ['http:', 'https:', 'mailto:', 'tel:'].includes(scheme)
}

function percentEncoded(character: string): string {
  return Array.from(Buffer.from(character), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
  '+': '&#43;',
  '\0': '\uFFFD',
}

export function escapeHtml(text: string): string {
  // oxlint-disable-next-line eslint/no-control-regex -- NUL is what must go
  return text.replaceAll(/[&<>"'+\0]/g, (character) => entities[character] ?? '')
}

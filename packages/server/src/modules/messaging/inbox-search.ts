/** Reads the search language of Mailpit: `to:ann@example.com subject:"sign in" is:unread -from:x word`. */

export type SearchField =
  | 'to'
  | 'from'
  | 'subject'
  | 'read'
  | 'unread'
  | 'before'
  | 'after'
  | 'any'
  /** For filters by what our messages never have, such as tags and attachments. */
  | 'nothing'

export interface SearchTerm {
  readonly field: SearchField
  readonly text: string
  readonly isNegated: boolean
}

const charsMax = 1000
const termsMax = 50

export function parseSearch(query: string): SearchTerm[] {
  const terms = query.slice(0, charsMax).match(/[-!]?(?:[a-z-]+:)?(?:"[^"]*"|[^\s"]+)/gi) ?? []
  return terms.slice(0, termsMax).map(readTerm)
}

export function isDateTerm({ field }: SearchTerm): boolean {
  return field === 'before' || field === 'after'
}

const textFields: Readonly<Record<string, SearchField>> = {
  to: 'to',
  addressed: 'to',
  from: 'from',
  subject: 'subject',
  cc: 'nothing',
  bcc: 'nothing',
  'reply-to': 'nothing',
  tag: 'nothing',
  has: 'nothing',
}

function readTerm(source: string): SearchTerm {
  const isNegated = /^[-!]/.test(source)
  const term = isNegated ? source.slice(1) : source
  const [, name = '', value = ''] = /^([a-z-]+):([^]*)$/i.exec(term) ?? []
  const text = (name === '' ? term : value).replaceAll('"', '').replaceAll('\0', '')
  const field = fieldOf(name.toLowerCase(), text.toLowerCase())
  return field === 'any' && name !== ''
    ? { field, text: term.replaceAll('"', '').replaceAll('\0', ''), isNegated }
    : { field, text, isNegated }
}

function fieldOf(name: string, text: string): SearchField {
  if (name === 'is') return text === 'read' || text === 'unread' ? text : 'nothing'
  if (name === 'before' || name === 'after') return isDate(text) ? name : 'nothing'
  return textFields[name] ?? 'any'
}

function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}(?:[t ]\d{2}:\d{2}(?::\d{2})?)?$/.test(text) && !Number.isNaN(Date.parse(text))
}

/** The inbox of development: messages that were not sent, bounded in number and age. */
import { type Db, join, raw, type Rows, sql, type Sql, toStatement } from '../../db/index.ts'
import { isDateTerm, type SearchTerm } from './inbox-search.ts'

export interface InboxMessage {
  readonly id: string
  readonly sender: string
  readonly senderName: string
  readonly recipient: string
  readonly subject: string
  /** Empty where only the list was asked for. */
  readonly html: string
  readonly text: string
  /** RFC 3339. */
  readonly createdAt: string
  readonly isRead: boolean
  /** Of subject and bodies, in bytes. */
  readonly size: number
}

export interface InboxPage {
  readonly messages: readonly InboxMessage[]
  /** How many match. */
  readonly matching: number
  readonly matchingUnread: number
  /** How many there are at all. */
  readonly total: number
  readonly unread: number
}

export interface InboxQuery {
  readonly terms: readonly SearchTerm[]
  readonly start: number
  readonly limit: number
}

export interface InboxBounds {
  readonly messagesMax: number
  readonly days: number
}

const previewChars = 250

export class InboxStore {
  readonly #db: Db
  readonly #bounds: InboxBounds

  constructor(db: Db, bounds: InboxBounds) {
    this.#db = db
    this.#bounds = bounds
  }

  async page({ terms, start, limit }: InboxQuery): Promise<InboxPage> {
    const where = conditionOf(terms)
    const [messages, counts] = await this.#run(
      sql`select ${columns}, '' as html, left(text, ${previewChars}) as text from plinth.inbox_messages
        where ${where} order by created_at desc, id limit ${limit} offset ${start}`,
      sql`select count(*) filter (where ${where}) as matching,
          count(*) filter (where ${where} and not is_read) as matching_unread,
          count(*) as total, count(*) filter (where not is_read) as unread from plinth.inbox_messages`,
    )
    const numbers = counts?.objects()[0] ?? {}
    return {
      messages: readMessages(messages),
      matching: Number(numbers['matching']),
      matchingUnread: Number(numbers['matching_unread']),
      total: Number(numbers['total']),
      unread: Number(numbers['unread']),
    }
  }

  /** The message, which counts as read from now on; `latest` stands for the newest. */
  async open(id: string): Promise<InboxMessage | undefined> {
    const target =
      id === 'latest'
        ? sql`(select id from plinth.inbox_messages order by created_at desc, id limit 1)`
        : sql`${id}`
    const [rows] = await this.#run(
      sql`update plinth.inbox_messages set is_read = true where id = ${target} returning ${columns}, html, text`,
    )
    return readMessages(rows)[0]
  }

  async markRead(ids: readonly string[], isRead: boolean): Promise<void> {
    await this.#run(sql`update plinth.inbox_messages set is_read = ${isRead} where ${among(ids)}`)
  }

  /** All of them where no ids are given. */
  async remove(ids: readonly string[]): Promise<void> {
    await this.#run(sql`delete from plinth.inbox_messages where ${among(ids)}`)
  }

  async removeMatching(terms: readonly SearchTerm[]): Promise<void> {
    await this.#run(sql`delete from plinth.inbox_messages where ${conditionOf(terms)}`)
  }

  /** Forgets what is beyond the bounds. */
  async prune(): Promise<void> {
    await this.#run(sql`delete from plinth.inbox_messages
      where created_at < now() - ${this.#bounds.days}::integer * interval '1 day'
        or id in (select id from plinth.inbox_messages order by created_at desc, id offset ${this.#bounds.messagesMax})`)
  }

  async #run(...statements: readonly Sql[]): Promise<readonly Rows[]> {
    return this.#db.owner.run({ statements: statements.map(toStatement) })
  }
}

const columns = raw(`id, sender, sender_name, recipient, subject, is_read,
  octet_length(subject) + octet_length(html) + octet_length(inbox_messages.text) as size,
  to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as created`)

function among(ids: readonly string[]): Sql {
  if (ids.length === 0) return sql`true`
  return sql`id = any (array(select jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb)))`
}

function conditionOf(terms: readonly SearchTerm[]): Sql {
  return terms.length === 0 ? sql`true` : join(terms.map(termCondition), sql` and `)
}

function termCondition(term: SearchTerm): Sql {
  const condition = isDateTerm(term)
    ? sql`created_at ${raw(term.field === 'before' ? '<' : '>=')} ${term.text}::timestamptz`
    : textCondition(term)
  return term.isNegated ? sql`not (${condition})` : condition
}

function textCondition({ field, text }: SearchTerm): Sql {
  const pattern = `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`
  switch (field) {
    case 'to':
      return sql`recipient ilike ${pattern}`
    case 'from':
      return sql`(sender ilike ${pattern} or sender_name ilike ${pattern})`
    case 'subject':
      return sql`subject ilike ${pattern}`
    case 'read':
      return sql`is_read`
    case 'unread':
      return sql`not is_read`
    case 'nothing':
      return sql`false`
    case 'before':
    case 'after':
    case 'any':
      return sql`(recipient ilike ${pattern} or subject ilike ${pattern} or sender ilike ${pattern}
        or inbox_messages.text ilike ${pattern})`
  }
}

function readMessages(rows: Rows | undefined): InboxMessage[] {
  return (rows?.objects() ?? []).map((row) => ({
    id: String(row['id']),
    sender: String(row['sender']),
    senderName: String(row['sender_name']),
    recipient: String(row['recipient']),
    subject: String(row['subject']),
    html: String(row['html']),
    text: String(row['text']),
    createdAt: String(row['created']),
    isRead: row['is_read'] === true,
    size: Number(row['size']),
  }))
}

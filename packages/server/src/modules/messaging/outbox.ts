/**
 * Sends what waits in the outbox. A message is leased by moving its due time ahead, sent, and deleted; so a server that
 * crashes in between leaves it to be sent again once the lease is over. Several servers share one outbox.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { type Db, type Rows, sql, type Sql, toStatement } from '../../db/index.ts'
import type { Observe } from '../../kernel/observe.ts'
import type { OutgoingEmail, SendOutcome, Smtp } from './smtp.ts'

/** Longer than one attempt can take. */
const leaseSeconds = 75
const attemptsMax = 7
/** 5 s, 15 s, 45 s, … up to an hour: together about as long as a code in an e-mail is valid. */
const firstDelaySeconds = 5
const delayFactor = 3
const delaySecondsMax = 3600
const batchMax = 4
const pollMs = 30_000
const shortestWaitMs = 50
const drainMsMax = 5000

interface Leased {
  readonly email: OutgoingEmail
  readonly kind: string
  readonly attempts: number
}

export class Outbox {
  readonly #db: Db
  readonly #smtp: Smtp
  readonly #observe: Observe
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #isWoken = false
  #isStopping = false

  constructor(db: Db, smtp: Smtp, observe: Observe) {
    this.#db = db
    this.#smtp = smtp
    this.#observe = observe
    this.wake()
  }

  /** Looks for messages now. */
  wake(): void {
    this.#isWoken = true
    if (this.#isStopping || this.#running !== undefined) return
    this.#running = this.#work().finally(() => {
      this.#running = undefined
      if (this.#isWoken) this.#wakeIn(0)
    })
  }

  /** Takes no more messages, and waits for those under way; what takes too long is sent again after the next start. */
  async drain(): Promise<void> {
    this.#isStopping = true
    clearTimeout(this.#timer)
    await Promise.race([this.#running, delay(drainMsMax, undefined, { ref: false })])
    this.#smtp.close()
  }

  async #work(): Promise<void> {
    let waitMs = pollMs
    try {
      while (this.#isWoken && !this.#isStopping) {
        this.#isWoken = false
        const leased = await this.#lease()
        if (leased.length === batchMax) this.#isWoken = true
        await Promise.all(leased.map(async (one) => this.#send(one)))
      }
      waitMs = Math.min(pollMs, await this.#nextDueMs())
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.#observe('warning', { message: `cannot look into the outbox: ${reason}` })
    }
    this.#wakeIn(waitMs)
  }

  #wakeIn(ms: number): void {
    clearTimeout(this.#timer)
    if (this.#isStopping) return
    this.#timer = setTimeout(() => this.wake(), ms)
    this.#timer.unref()
  }

  /** Until the first message is due; also what another server may have taken and lost. */
  async #nextDueMs(): Promise<number> {
    const [rows] = await this.#db.owner.run({ statements: [toStatement(nextDueStatement)] })
    const ms = rows?.text(0, 0) ?? null
    return ms === null ? pollMs : Math.max(shortestWaitMs, Number(ms))
  }

  async #lease(): Promise<Leased[]> {
    const [rows] = await this.#db.owner.run({ statements: [toStatement(leaseStatement)] })
    return readLeased(rows)
  }

  async #send({ email, kind, attempts }: Leased): Promise<void> {
    const outcome = await this.#smtp.send(email)
    await this.#db.owner.run({ statements: [toStatement(afterwards(email.id, attempts, outcome))] })
    if (outcome.kind === 'sent') {
      this.#observe('mail_sent', { id: email.id, template: kind, attempts })
      return
    }
    const isLast = outcome.kind === 'refused' || attempts >= attemptsMax
    this.#observe(isLast ? 'mail_given_up' : 'mail_postponed', {
      id: email.id,
      template: kind,
      attempts,
      reason: outcome.reason,
    })
  }
}

const leaseStatement = sql`update plinth.outbox_messages
  set attempts = attempts + 1, due_at = now() + ${leaseSeconds}::integer * interval '1 second'
  where id in (
    select id from plinth.outbox_messages where due_at <= now()
    order by due_at limit ${batchMax} for update skip locked)
  returning id, kind, recipient, subject, html, text, attempts, extract(epoch from created_at)::float8 as created`

const nextDueStatement = sql`select extract(epoch from min(due_at) - now())::float8 * 1000 from plinth.outbox_messages`

function afterwards(id: string, attempts: number, outcome: SendOutcome): Sql {
  if (outcome.kind !== 'later' || attempts >= attemptsMax)
    return sql`delete from plinth.outbox_messages where id = ${id}`
  return sql`update plinth.outbox_messages
    set due_at = now() + ${delayOf(attempts)}::integer * interval '1 second' where id = ${id}`
}

/** Seconds until the next attempt, after so many. */
function delayOf(attempts: number): number {
  return Math.min(delaySecondsMax, firstDelaySeconds * delayFactor ** (attempts - 1))
}

function readLeased(rows: Rows | undefined): Leased[] {
  return (rows?.objects() ?? []).map((row) => ({
    kind: String(row['kind']),
    attempts: Number(row['attempts']),
    email: {
      id: String(row['id']),
      recipient: String(row['recipient']),
      subject: String(row['subject']),
      html: String(row['html']),
      text: String(row['text']),
      createdAt: new Date(Number(row['created']) * 1000),
    },
  }))
}

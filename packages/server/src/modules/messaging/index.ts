/** Front door of messages to people. */
import type { Sql } from '../../db/index.ts'
import { defineToken } from '../../kernel/module.ts'

/** What an e-mail is for; also the names of its templates in config.toml. */
export const emailKinds = [
  'confirmation',
  'recovery',
  'magic_link',
  'invite',
  'email_change',
  'reauthentication',
] as const

export type EmailKind = (typeof emailKinds)[number]

export interface Email {
  readonly kind: EmailKind
  /** One address, without a name. */
  readonly to: string
  /** What the template may name: `{{ .Token }}`. */
  readonly variables: Readonly<Record<string, unknown>>
}

export interface Messaging {
  /** False in development: messages stay in the inbox of this server. */
  readonly isSending: boolean
  /**
   * The statement that hands an e-mail over, for the transaction of what it tells about: what is rolled back is never
   * sent. Refuses with `email_address_invalid`.
   */
  queueEmail(email: Email): Sql
  /** To be called after the commit, so that it leaves at once; without, it leaves within half a minute. */
  flush(): void
}

export const messagingToken = defineToken<Messaging>('messaging')

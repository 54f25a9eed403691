/** Messages to people: e-mail by SMTP, or into an inbox of this server while there is none. */
import { randomBytes } from 'node:crypto'
import { dbToken, sql, type Sql } from '../../db/index.ts'
import { Failure } from '../../kernel/failure.ts'
import { defineModule } from '../../kernel/module.ts'
import type { Observe } from '../../kernel/observe.ts'
import type { SettingsOf } from '../../kernel/settings.ts'
import { isLoopback } from '../../kernel/shared-settings.ts'
import { keysToken } from '../keys/index.ts'
import { type EmailTemplates, type GivenTemplate, readEmailTemplates } from './email-templates.ts'
import { inboxSurface } from './inbox-routes.ts'
import { InboxStore } from './inbox-store.ts'
import { type EmailKind, type Messaging, messagingToken } from './index.ts'
import { refuseBadAddress } from './mail-address.ts'
import { messagesMigration } from './migrations/0001-messages.ts'
import { Outbox } from './outbox.ts'
import { messagingSettings } from './settings.ts'
import { openSmtp, type Sender, type SmtpOptions } from './smtp.ts'

type Settings = SettingsOf<typeof messagingSettings>

export const messagingModule = defineModule({
  provides: messagingToken,
  needs: { db: dbToken, keys: keysToken },
  settings: messagingSettings,
  migrations: [messagesMigration],
  async start({ settings, needs, observe }) {
    const templates = await readEmailTemplates(settings.project, givenTemplates(settings))
    const smtp = smtpOptions(settings)
    if (smtp === undefined) {
      warnOfNoSmtp(settings, observe)
      const { inboxMessagesMax: messagesMax, inboxDays: days } = settings
      const store = new InboxStore(needs.db, { messagesMax, days })
      const isOpenHere = isLoopback(settings.host)
      return {
        api: inboxMessaging({ templates, store, observe, sender: senderOf(settings) }),
        surfaces: [inboxSurface({ store, keys: needs.keys, isOpenHere })],
      }
    }
    const outbox = new Outbox(needs.db, await openSmtp(smtp), observe)
    return { api: outboxMessaging(templates, outbox), drain: async () => outbox.drain() }
  },
})

interface InboxParts {
  readonly templates: EmailTemplates
  readonly store: InboxStore
  readonly observe: Observe
  readonly sender: Sender
}

function inboxMessaging({ templates, store, observe, sender }: InboxParts): Messaging {
  return {
    isSending: false,
    queueEmail: ({ kind, to, variables }) => {
      const { subject, html, text } = templates.render(kind, variables)
      return sql`insert into plinth.inbox_messages
          (id, kind, sender, sender_name, recipient, subject, html, text)
        values (${newId()}, ${kind}, ${sender.address}, ${sender.name}, ${refuseBadAddress(to)},
          ${subject}, ${withoutNul(html)}, ${withoutNul(text)})`
    },
    flush: () => {
      store.prune().catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error)
        observe('warning', { message: `cannot clear the inbox: ${reason}` })
      })
    },
  }
}

function outboxMessaging(templates: EmailTemplates, outbox: Outbox): Messaging {
  return {
    isSending: true,
    queueEmail: ({ kind, to, variables }): Sql => {
      const { subject, html, text } = templates.render(kind, variables)
      return sql`insert into plinth.outbox_messages (id, kind, recipient, subject, html, text)
        values (${newId()}, ${kind}, ${refuseBadAddress(to)}, ${subject}, ${withoutNul(html)}, ${withoutNul(text)})`
    },
    flush: () => outbox.wake(),
  }
}

/** Cannot be guessed: in the inbox it stands in URLs. */
function newId(): string {
  return randomBytes(16).toString('hex')
}

function withoutNul(text: string): string {
  return text.replaceAll('\0', '\uFFFD')
}

function smtpOptions(settings: Settings): SmtpOptions | undefined {
  const { smtpHost, smtpPort, smtpUser, smtpPassword, smtpTls } = settings
  if (!settings.isSmtpEnabled || smtpHost === undefined) return undefined
  return {
    host: smtpHost,
    port: smtpPort,
    user: smtpUser,
    password: smtpPassword,
    tls: smtpTls,
    sender: senderOf(settings),
  }
}

function senderOf({ senderAddress: address, senderName: name }: Settings): Sender {
  try {
    return { address: refuseBadAddress(address), name: name ?? '' }
  } catch {
    const reason = `"${address}" is not one e-mail address`
    throw new Failure('setting_conflict', { setting: 'PLINTH_SMTP_ADMIN_EMAIL', reason })
  }
}

function warnOfNoSmtp({ host }: Settings, observe: Observe): void {
  if (isLoopback(host)) return
  observe('warning', {
    message: `no e-mail is sent, because no SMTP server is set: it stays in /inbox, which needs the service key as ${host} is open to others`,
  })
}

function givenTemplates(settings: Settings): Readonly<Record<EmailKind, GivenTemplate>> {
  return {
    confirmation: given(settings.confirmationSubject, settings.confirmationContent),
    recovery: given(settings.recoverySubject, settings.recoveryContent),
    magic_link: given(settings.magicLinkSubject, settings.magicLinkContent),
    invite: given(settings.inviteSubject, settings.inviteContent),
    email_change: given(settings.emailChangeSubject, settings.emailChangeContent),
    reauthentication: given(settings.reauthenticationSubject, settings.reauthenticationContent),
  }
}

function given(subject: string | undefined, contentPath: string | undefined): GivenTemplate {
  return { subject, contentPath }
}

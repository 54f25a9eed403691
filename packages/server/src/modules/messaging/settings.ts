/** Settings of messages: the SMTP server, the inbox of development, templates. Names in config.toml are those of Supabase's projects. */
import { integer, oneOf, text, toggle, type Setting } from '../../kernel/settings.ts'
import { externalUrlSetting, hostSetting, projectSetting } from '../../kernel/shared-settings.ts'
import { emailKinds, type EmailKind } from './index.ts'

const smtp = {
  isSmtpEnabled: toggle({
    env: 'PLINTH_SMTP_ENABLED',
    toml: 'auth.email.smtp.enabled',
    default: true,
    help: 'Whether e-mail is sent by SMTP, where a host is given. Else it stays in the inbox of this server.',
  }),
  smtpHost: text({
    env: 'PLINTH_SMTP_HOST',
    toml: 'auth.email.smtp.host',
    default: undefined,
    help: 'The SMTP server that takes e-mail. Without one, e-mail stays in the inbox of this server.',
  }),
  smtpPort: integer({
    env: 'PLINTH_SMTP_PORT',
    toml: 'auth.email.smtp.port',
    min: 1,
    max: 65_535,
    default: 587,
    help: 'Port of the SMTP server.',
  }),
  smtpUser: text({
    env: 'PLINTH_SMTP_USER',
    toml: 'auth.email.smtp.user',
    default: undefined,
    help: 'User at the SMTP server.',
  }),
  smtpPassword: text({
    env: 'PLINTH_SMTP_PASSWORD',
    toml: 'auth.email.smtp.pass',
    default: undefined,
    secret: true,
    help: 'Password at the SMTP server.',
  }),
  smtpTls: oneOf({
    env: 'PLINTH_SMTP_TLS',
    values: ['auto', 'always', 'required', 'if_offered', 'never'],
    default: 'auto',
    help: 'always: from the first byte. required: by STARTTLS or not at all. auto: always at port 465, required beyond this machine, else if_offered.',
  }),
  senderAddress: text({
    env: 'PLINTH_SMTP_ADMIN_EMAIL',
    toml: 'auth.email.smtp.admin_email',
    default: 'plinth@localhost',
    help: 'The address that e-mail comes from.',
  }),
  senderName: text({
    env: 'PLINTH_SMTP_SENDER_NAME',
    toml: 'auth.email.smtp.sender_name',
    default: undefined,
    help: 'The name that e-mail comes from.',
  }),
}

const inbox = {
  inboxMessagesMax: integer({
    env: 'PLINTH_INBOX_MESSAGES_MAX',
    min: 1,
    max: 100_000,
    default: 500,
    help: 'How many messages the inbox of development keeps; the oldest go first.',
  }),
  inboxDays: integer({
    env: 'PLINTH_INBOX_DAYS',
    min: 1,
    max: 3650,
    default: 7,
    help: 'For how many days the inbox of development keeps a message.',
  }),
}

/** One setting for each kind of e-mail, by the kind's name. */
function byKind(suffix: string, help: string): Readonly<Record<EmailKind, Setting<string | undefined>>> {
  const settings = emailKinds.map((kind) => {
    const env = `PLINTH_AUTH_EMAIL_TEMPLATE_${kind}_${suffix}`.toUpperCase()
    const setting = text({
      env,
      toml: `auth.email.template.${kind}.${suffix}`,
      default: undefined,
      help: help.replace('KIND', kind),
    })
    return [kind, setting] as const
  })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- fromEntries forgets the kinds we just mapped
  return Object.fromEntries(settings) as Record<EmailKind, Setting<string | undefined>>
}

const subjects = byKind('subject', 'Subject of e-mails of kind KIND, as a Go template.')
const contents = byKind(
  'content_path',
  'File with the HTML of e-mails of kind KIND, as a Go template; relative to the project.',
)

export const messagingSettings = {
  project: projectSetting,
  host: hostSetting,
  externalUrl: externalUrlSetting,
  ...smtp,
  ...inbox,
  confirmationSubject: subjects.confirmation,
  confirmationContent: contents.confirmation,
  recoverySubject: subjects.recovery,
  recoveryContent: contents.recovery,
  magicLinkSubject: subjects.magic_link,
  magicLinkContent: contents.magic_link,
  inviteSubject: subjects.invite,
  inviteContent: contents.invite,
  emailChangeSubject: subjects.email_change,
  emailChangeContent: contents.email_change,
  reauthenticationSubject: subjects.reauthentication,
  reauthenticationContent: contents.reauthentication,
}

/** Sends one e-mail by SMTP. nodemailer is loaded only when there is a server to send to. */
import { isLoopback } from '../../kernel/shared-settings.ts'

export interface SmtpOptions {
  readonly host: string
  readonly port: number
  readonly user: string | undefined
  readonly password: string | undefined
  readonly tls: 'auto' | 'always' | 'required' | 'if_offered' | 'never'
  readonly sender: Sender
}

export interface Sender {
  readonly address: string
  readonly name: string
}

export interface OutgoingEmail {
  readonly id: string
  readonly recipient: string
  readonly subject: string
  readonly html: string
  readonly text: string
  readonly createdAt: Date
}

/** What became of an attempt. `refused` means that the server will never take this message. */
export type SendOutcome =
  | { readonly kind: 'sent' }
  | { readonly kind: 'later' | 'refused'; readonly reason: string }

export interface Smtp {
  send(email: OutgoingEmail): Promise<SendOutcome>
  close(): void
}

const timeouts = {
  connectionTimeout: 10_000,
  greetingTimeout: 10_000,
  dnsTimeout: 10_000,
  socketTimeout: 20_000,
}
/** One attempt, all in all. The lease of the outbox is longer. */
const attemptMsMax = 60_000

export async function openSmtp(options: SmtpOptions): Promise<Smtp> {
  const { createTransport } = await import('nodemailer')
  const { host, port, user, password, sender } = options
  const transport = createTransport({
    host,
    port,
    ...tlsOptions(options),
    ...(user === undefined ? {} : { auth: { user, pass: password ?? '' } }),
    ...timeouts,
    pool: true,
    maxConnections: 2,
    maxMessages: 50,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const domain = sender.address.slice(sender.address.lastIndexOf('@') + 1)
  return {
    send: async (email) => {
      try {
        await transport.sendMail({
          from: { address: sender.address, name: sender.name },
          // Objects are taken as they are; a text would be read as a list of addresses.
          to: { address: email.recipient, name: '' },
          envelope: { from: sender.address, to: [email.recipient] },
          subject: email.subject,
          html: email.html,
          text: email.text,
          date: email.createdAt,
          // The same at every attempt, so that a message which came twice is known for one.
          messageId: `<${email.id}@${domain}>`,
          signal: AbortSignal.timeout(attemptMsMax),
          headers: { 'Auto-Submitted': 'auto-generated' },
        })
        return { kind: 'sent' }
      } catch (error) {
        return outcomeOf(error)
      }
    },
    close: () => transport.close(),
  }
}

function tlsOptions({ tls, port, host }: SmtpOptions) {
  const chosen = tls === 'auto' ? autoTls(port, host) : tls
  return {
    secure: chosen === 'always',
    requireTLS: chosen === 'required',
    ignoreTLS: chosen === 'never',
    // A server of this machine has no certificate that anyone could have signed.
    ...(chosen === 'if_offered' ? { tls: { rejectUnauthorized: false } } : {}),
  }
}

function autoTls(port: number, host: string): 'always' | 'required' | 'if_offered' {
  if (port === 465) return 'always'
  return isLoopback(host) ? 'if_offered' : 'required'
}

/** By code only: the words of the server may repeat the address or the message. */
function outcomeOf(error: unknown): SendOutcome {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  const status = error instanceof Error && 'responseCode' in error ? Number(error.responseCode) : 0
  const reason = status > 0 ? `${code}, status ${status}` : code
  // 530, 534, 535, 538: about our login, which an administrator can repair.
  const isPermanent = status >= 500 && status < 600 && !(status >= 530 && status <= 538)
  return { kind: isPermanent ? 'refused' : 'later', reason }
}

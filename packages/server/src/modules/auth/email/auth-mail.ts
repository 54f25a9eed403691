/** The e-mails of accounts: each stores a new one-time token and hands the message over, in one transaction with its reason. */
import { raw, type Rows, sql, type Sql } from '../../../db/index.ts'
import { Failure } from '../../../kernel/failure.ts'
import type { EmailKind } from '../../messaging/index.ts'
import type { AuthContext } from '../auth-context.ts'
import type { AuthErrand, RunStatement } from '../auth-store.ts'
import { readUsers, type User } from '../user-view.ts'
import { type OneTimeToken, saveToken, type TokenType } from './one-time-token.ts'

/** A user whose row nobody else changes before the transaction ends. */
export interface LockedUser {
  readonly user: User
  /** Unix time in milliseconds, by the clock of the database. */
  readonly nowMs: number
}

/** `select` is one of the statements that select users; undefined when it finds none. */
export async function lockUser(run: RunStatement, select: Sql): Promise<LockedUser | undefined> {
  const rows = await run(sql`${select} for update of u`)
  const user = readUsers(rows)[0]
  return user === undefined ? undefined : { user, nowMs: await databaseNow(run) }
}

async function databaseNow(run: RunStatement): Promise<number> {
  const rows: Rows = await run(sql`select extract(epoch from clock_timestamp())::float8`)
  return Number(rows.text(0, 0)) * 1000
}

/** Runs `body` as one transaction, then lets the e-mails go that it has handed over. */
export async function mailing<T>(
  { store, messaging }: AuthContext,
  errand: AuthErrand,
  body: (run: RunStatement) => Promise<T>,
): Promise<T> {
  const result = await store.transaction(errand, body)
  messaging.flush()
  return result
}

export async function runAll(run: RunStatement, statements: readonly Sql[]): Promise<void> {
  for (const statement of statements) await run(statement)
}

/** What the link in an e-mail does, and where it leads in the end. */
export interface Errand {
  readonly redirectTo: string
  readonly isPkce: boolean
}

type SingleKind = Exclude<EmailKind, 'email_change'>

const tokenTypes = {
  confirmation: 'confirmation_token',
  invite: 'confirmation_token',
  recovery: 'recovery_token',
  magic_link: 'recovery_token',
  reauthentication: 'reauthentication_token',
} as const satisfies Record<SingleKind, TokenType>

const sentTimes = {
  confirmation: 'confirmation_sent_at',
  recovery: 'recovery_sent_at',
  magic_link: 'recovery_sent_at',
  reauthentication: 'reauthentication_sent_at',
} as const

const linkTypes = {
  confirmation: 'signup',
  invite: 'invite',
  recovery: 'recovery',
  magic_link: 'magiclink',
  reauthentication: 'reauthentication',
} as const satisfies Record<SingleKind, string>

/** Sends `user` a new token; refuses with `over_email_send_rate_limit` when the last one is too young. */
export function tokenMail(context: AuthContext, kind: SingleKind, locked: LockedUser & Errand): Sql[] {
  const { user, isPkce } = locked
  if (kind !== 'invite') refuseHaste(context, locked, user.times[sentTimes[kind]])
  context.limits.emails.take('all')
  const token = context.oneTimeTokens.create(user.email, isPkce)
  const link = { type: linkTypes[kind], token: token.hash, redirectTo: locked.redirectTo }
  return [
    ...saveToken({ userId: user.id, type: tokenTypes[kind], relatesTo: user.email, hash: token.hash }),
    ...(kind === 'invite' ? [sql`update auth.users set invited_at = now() where id = ${user.id}`] : []),
    context.messaging.queueEmail({
      kind,
      to: user.email,
      variables: { ...variablesOf(context, user, token), ...linkVariables(context, link) },
    }),
  ]
}

/** Sends tokens for a change of address: to the new one, and to the old one where both must agree. */
export function emailChangeMail(context: AuthContext, newEmail: string, locked: LockedUser & Errand): Sql[] {
  const { user, isPkce, redirectTo } = locked
  refuseHaste(context, locked, user.times.email_change_sent_at)
  const isDouble = context.settings.isEmailChangeDouble && user.email !== ''
  const recipients: { to: string; type: TokenType }[] = [
    { to: newEmail, type: 'email_change_token_new' },
    ...(isDouble ? [{ to: user.email, type: 'email_change_token_current' as const }] : []),
  ]
  context.limits.emails.take('all')
  const halves = recipients.flatMap(({ to, type }) => {
    const token = context.oneTimeTokens.create(to, isPkce)
    const link = { type: 'email_change', token: token.hash, redirectTo }
    const variables = Object.assign(variablesOf(context, user, token), linkVariables(context, link), {
      NewEmail: newEmail,
      SendingTo: to,
    })
    const saved = saveToken({ userId: user.id, type, relatesTo: to, hash: token.hash })
    return saved.concat(context.messaging.queueEmail({ kind: 'email_change', to, variables }))
  })
  return [
    sql`update auth.users set email_change = ${newEmail}, email_change_confirm_status = 0 where id = ${user.id}`,
    ...halves,
  ]
}

function variablesOf({ settings }: AuthContext, user: User, token: OneTimeToken) {
  return {
    SiteURL: settings.siteUrl,
    Email: user.email,
    Data: user.userMetadata,
    Token: token.code,
    TokenHash: token.hash,
  }
}

export interface Link {
  readonly type: string
  readonly token: string
  readonly redirectTo: string
}

function linkVariables(context: AuthContext, link: Link) {
  return { ConfirmationURL: verifyUrl(context, link), RedirectTo: link.redirectTo }
}

/** The link that ends in `GET /verify`. */
export function verifyUrl({ publicUrl }: AuthContext, { type, token, redirectTo }: Link): string {
  // Plain URLs stay readable, as people know these links.
  const target = /^[\w:/.~-]*$/.test(redirectTo) ? redirectTo : encodeURIComponent(redirectTo)
  return `${publicUrl}/verify?token=${token}&type=${type}&redirect_to=${target}`
}

function refuseHaste({ settings }: AuthContext, { nowMs }: LockedUser, sentAt: string | undefined): void {
  if (sentAt === undefined) return
  const waitMs = Date.parse(sentAt) + settings.emailFrequencySeconds * 1000 - nowMs
  if (waitMs <= 0) return
  throw new Failure('over_email_send_rate_limit', {
    message: `For security purposes, you can only request this after ${Math.ceil(waitMs / 1000)} seconds.`,
  })
}

/** Brings `app_metadata` in line with the identities that a user has. */
export function updateProviders(userId: string): Sql {
  return sql`update auth.users u set updated_at = now(),
      raw_app_meta_data = coalesce(u.raw_app_meta_data, '{}') || jsonb_build_object('providers', p.names)
        || case when jsonb_array_length(p.names) = 0 then '{}' else jsonb_build_object('provider', p.names -> 0) end
    from (select coalesce(jsonb_agg(i.provider order by i.first), '[]') as names
      from (select provider, min(created_at) as first from auth.identities
        where user_id = ${userId} group by provider) i) p
    where u.id = ${userId}`
}

/** Selects the one who has an address, by account or by an identity that is not of a company's own sign-on. */
export function ownerOf(email: string, columns: Sql): Sql {
  return sql`select ${columns} from auth.users u where u.aud = ${raw(`'authenticated'`)} and u.id in (
    select id from auth.users where email = ${email} and not is_sso_user
    union select user_id from auth.identities where email = ${email} and provider not like 'sso:%')`
}

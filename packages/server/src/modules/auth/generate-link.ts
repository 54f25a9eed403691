/** An administrator gets the link that an e-mail would have held, to send it in a way of their own. */
import { randomBytes } from 'node:crypto'
import { sql } from '../../db/index.ts'
import { Failure } from '../../kernel/failure.ts'
import type { Call } from '../../kernel/module.ts'
import { administrator, insertAuditEntry } from './audit-log.ts'
import type { AuthContext } from './auth-context.ts'
import type { RunStatement } from './auth-store.ts'
import { readEmail } from './email-address.ts'
import { type Link, lockUser, ownerOf, runAll, verifyUrl } from './email/auth-mail.ts'
import { type OneTimeToken, saveToken } from './email/one-time-token.ts'
import { invitedUser } from './invite-user.ts'
import { insertNewUser, newUser, takenBy } from './new-user.ts'
import { refuseWeakPassword } from './password-rules.ts'
import { type JsonObject, readRequestBody, type RequestBody } from './request-body.ts'
import { mergeMetadata, selectUser, selectUserByEmail } from './statements.ts'
import { onlyUser, showUser, type User, userColumns } from './user-view.ts'

const linkTypes = [
  'signup',
  'magiclink',
  'recovery',
  'invite',
  'email_change_current',
  'email_change_new',
] as const

type LinkType = (typeof linkTypes)[number]

interface Wish {
  readonly type: LinkType
  readonly email: string
  readonly newEmail: string
  /** Hashed. */
  readonly encryptedPassword: string
  readonly profile: JsonObject
  readonly redirectTo: string
}

export async function generateLink(context: AuthContext, call: Call): Promise<Response> {
  const wish = await readWish(context, call, await readRequestBody(call))
  const errand = { failing: 'Database error generating link', signal: call.signal, explain: takenBy }
  const made = await context.store.transaction(errand, async (run) => {
    const { user, type } = await userOf(run, wish)
    const token = await storeToken(context, run, { user, type, wish })
    await runAll(run, [
      insertAuditEntry({
        action: type === 'invite' ? 'user_invited' : 'user_recovery_requested',
        actor: administrator(call.identity.role),
        ipAddress: call.clientAddress,
        traits: { user_id: user.id, user_email: user.email },
      }),
    ])
    return { user: onlyUser(await run(selectUser(user.id))), type, token }
  })
  const link: Link = {
    type: made.type.startsWith('email_change') ? 'email_change' : made.type,
    token: made.token.hash,
    redirectTo: wish.redirectTo,
  }
  return Response.json({
    ...showUser(made.user),
    action_link: verifyUrl(context, link),
    email_otp: made.token.code,
    hashed_token: made.token.hash,
    verification_type: made.type,
    redirect_to: wish.redirectTo,
  })
}

async function readWish(context: AuthContext, call: Call, body: RequestBody): Promise<Wish> {
  const { settings, hasher, redirects } = context
  const type = linkTypes.find((name) => name === body.text('type'))
  const email = readEmail(body.text('email'))
  if (type === undefined)
    throw new Failure('validation_failed', {
      message: `Invalid email action link type requested: ${body.text('type').slice(0, 100)}`,
    })
  if (type === 'email_change_current' && !settings.isEmailChangeDouble)
    throw new Failure('validation_failed', {
      message: 'Enable secure email change to generate link for current email',
    })
  const password = body.text('password')
  if (password !== '') refuseWeakPassword(password, settings)
  const wanted = body.text('redirect_to')
  return {
    type,
    email,
    newEmail: type.startsWith('email_change') ? readEmail(body.text('new_email')) : '',
    encryptedPassword: type === 'signup' ? await hasher.hash(password === '' ? newPassword() : password) : '',
    profile: body.object('data') ?? {},
    redirectTo: redirects.isAllowed(wanted) ? wanted : redirects.choose(call),
  }
}

/** One that nobody knows. */
function newPassword(): string {
  return randomBytes(48).toString('base64url')
}

/** Whose link it is, and of which type: a magic link for somebody new signs them up. */
async function userOf(run: RunStatement, wish: Wish): Promise<{ user: User; type: LinkType }> {
  const { type, email, profile } = wish
  if (type === 'invite') return { user: (await invitedUser(run, email, profile)).user, type }
  const known = (await lockUser(run, selectUserByEmail(email)))?.user
  if (type !== 'signup' && type !== 'magiclink') {
    if (known === undefined) throw new Failure('email_user_not_found', {})
    return { user: known, type }
  }
  if (known === undefined) return { user: await newAccount(run, wish), type: 'signup' }
  if (type === 'signup') {
    if (known.times.email_confirmed_at !== undefined) throw new Failure('email_exists', {})
    await run(mergeMetadata(known.id, 'raw_user_meta_data', profile))
  }
  return { user: known, type }
}

async function newAccount(run: RunStatement, { email, profile, encryptedPassword }: Wish): Promise<User> {
  if ((await lockUser(run, ownerOf(email, userColumns))) !== undefined) throw new Failure('email_exists', {})
  const given = encryptedPassword === '' ? {} : { encryptedPassword }
  const user = newUser({ email, userMetadata: profile, ...given })
  await runAll(run, insertNewUser(user))
  return onlyUser(await run(selectUser(user.id)))
}

interface Storing {
  readonly user: User
  readonly type: LinkType
  readonly wish: Wish
}

async function storeToken(context: AuthContext, run: RunStatement, storing: Storing): Promise<OneTimeToken> {
  const { user, type, wish } = storing
  const address = type === 'email_change_new' ? wish.newEmail : user.email
  const token = context.oneTimeTokens.create(address, false)
  const saved = { userId: user.id, relatesTo: address, hash: token.hash }
  switch (type) {
    case 'magiclink':
    case 'recovery':
      await runAll(run, saveToken({ ...saved, type: 'recovery_token' }))
      break
    case 'invite':
      await run(sql`update auth.users set invited_at = now() where id = ${user.id}`)
      await runAll(run, saveToken({ ...saved, type: 'confirmation_token' }))
      break
    case 'signup':
      await runAll(run, saveToken({ ...saved, type: 'confirmation_token' }))
      break
    case 'email_change_current':
    case 'email_change_new': {
      const owner = await lockUser(run, ownerOf(wish.newEmail, userColumns))
      if (owner !== undefined && owner.user.id !== user.id) throw new Failure('email_exists', {})
      await run(sql`update auth.users set email_change = ${wish.newEmail}, email_change_confirm_status = 0
        where id = ${user.id}`)
      const half = type === 'email_change_new' ? 'email_change_token_new' : 'email_change_token_current'
      await runAll(run, saveToken({ ...saved, type: half }))
    }
  }
  return token
}

/** `/otp` and `/magiclink`: sends a link and a code that sign in, and makes the account first where there is none. */
import { Failure } from '../../kernel/failure.ts'
import type { Call } from '../../kernel/module.ts'
import { insertAuditEntry } from './audit-log.ts'
import type { AuthContext } from './auth-context.ts'
import type { RunStatement } from './auth-store.ts'
import { readEmail } from './email-address.ts'
import { type Errand, lockUser, type LockedUser, mailing, runAll, tokenMail } from './email/auth-mail.ts'
import { type Challenge, insertFlowState, readChallenge } from './flow-state.ts'
import { insertNewAccount, newUser, takenBy } from './new-user.ts'
import { type JsonObject, readRequestBody, type RequestBody } from './request-body.ts'
import { confirmEmail, selectUser, selectUserByEmail } from './statements.ts'

export async function sendOtp(context: AuthContext, call: Call): Promise<Response> {
  context.limits.otps.take(call.clientAddress)
  const body = await readRequestBody(call)
  const email = body.text('email')
  const phone = body.text('phone')
  if (email !== '' && phone !== '')
    throw new Failure('validation_failed', {
      message: 'Only an email address or phone number should be provided',
    })
  if (email !== '' && body.text('channel') !== '')
    throw new Failure('validation_failed', { message: 'Channel should only be specified with Phone OTP' })
  readChallenge(body)
  if (phone !== '') throw new Failure('phone_otp_disabled', {})
  if (email === '') throw new Failure('validation_failed', { message: 'One of email or phone must be set' })
  return mailLink(context, call, readOrder(context, body, body.flag('create_user', true)))
}

export async function sendMagicLink(context: AuthContext, call: Call): Promise<Response> {
  context.limits.otps.take(call.clientAddress)
  const body = await readRequestBody(call)
  if (body.text('email') === '')
    throw new Failure('validation_unprocessable', { message: 'Password recovery requires an email' })
  return mailLink(context, call, readOrder(context, body, true))
}

interface Order {
  readonly email: string
  readonly profile: JsonObject
  readonly challenge: Challenge | undefined
  readonly mayCreate: boolean
}

function readOrder({ settings }: AuthContext, body: RequestBody, mayCreate: boolean): Order {
  if (!settings.isEmailEnabled) throw new Failure('email_login_disabled', {})
  return {
    email: readEmail(body.text('email')),
    profile: body.object('data') ?? {},
    challenge: readChallenge(body),
    mayCreate,
  }
}

async function mailLink(context: AuthContext, call: Call, order: Order): Promise<Response> {
  const errand = { failing: 'Error sending magic link email', signal: call.signal, explain: takenBy }
  const { challenge } = order
  const redirectTo = context.redirects.choose(call)
  await mailing(context, errand, async (run) => {
    const locked = await accountOf(context, run, order)
    await runAll(
      run,
      linkStatements(context, call, { ...locked, redirectTo, challenge, isPkce: challenge !== undefined }),
    )
  })
  return Response.json({})
}

/** The account with this address; a new one where there is none and one may be made. */
async function accountOf(context: AuthContext, run: RunStatement, order: Order): Promise<LockedUser> {
  const known = await lockUser(run, selectUserByEmail(order.email))
  if (known !== undefined) return known
  const { settings } = context
  if (!order.mayCreate) throw new Failure('otp_disabled', {})
  if (!settings.isSignUpEnabled) throw new Failure('signup_disabled', {})
  const user = newUser({ email: order.email, userMetadata: order.profile })
  await runAll(run, [
    ...insertNewAccount(user, order.profile),
    ...(settings.isConfirmationRequired ? [] : [confirmEmail(user.id)]),
  ])
  const made = await lockUser(run, selectUser(user.id))
  if (made === undefined) throw new Failure('user_not_found', {})
  return made
}

type Sending = LockedUser & Errand & { readonly challenge: Challenge | undefined }

/** An unconfirmed address gets the e-mail that confirms it, which signs in as well. */
function linkStatements(context: AuthContext, call: Call, sending: Sending) {
  const { user, challenge } = sending
  const isNew = user.times.email_confirmed_at === undefined && context.settings.isConfirmationRequired
  const action = isNew ? 'user_confirmation_requested' : 'user_recovery_requested'
  const flow = isNew
    ? ({ provider: 'email', signInMethod: 'email/signup' } as const)
    : ({ provider: 'magiclink', signInMethod: 'magiclink' } as const)
  return [
    insertAuditEntry({ action, actor: user, ipAddress: call.clientAddress }),
    ...(challenge === undefined ? [] : insertFlowState({ userId: user.id, ...flow, ...challenge })),
    ...tokenMail(context, isNew ? 'confirmation' : 'magic_link', sending),
  ]
}

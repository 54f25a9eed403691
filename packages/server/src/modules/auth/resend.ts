/** `/resend`: sends the confirmation of a sign-up or of a change of address again, where one is waiting. */
import type { Sql } from '../../db/index.ts'
import { Failure } from '../../kernel/failure.ts'
import type { Call } from '../../kernel/module.ts'
import { insertAuditEntry } from './audit-log.ts'
import type { AuthContext } from './auth-context.ts'
import { readEmail } from './email-address.ts'
import {
  emailChangeMail,
  type Errand,
  lockUser,
  type LockedUser,
  mailing,
  runAll,
  tokenMail,
} from './email/auth-mail.ts'
import { type Challenge, insertFlowState, readChallenge } from './flow-state.ts'
import { readRequestBody, type RequestBody } from './request-body.ts'
import { selectUserByEmail } from './statements.ts'

type ResendType = 'signup' | 'email_change'

export async function resend(context: AuthContext, call: Call): Promise<Response> {
  context.limits.otps.take(call.clientAddress)
  const { type, email, challenge } = readOrder(context, await readRequestBody(call))
  const redirectTo = context.redirects.choose(call)
  const errand = { failing: 'Unable to process request', signal: call.signal }
  await mailing(context, errand, async (run) => {
    const locked = await lockUser(run, selectUserByEmail(email))
    if (locked === undefined) return
    const sending = { ...locked, redirectTo, isPkce: challenge !== undefined, challenge }
    await runAll(run, type === 'signup' ? signUpAgain(context, call, sending) : changeAgain(context, sending))
  })
  return Response.json({})
}

interface Order {
  readonly type: ResendType
  readonly email: string
  readonly challenge: Challenge | undefined
}

function readOrder({ settings }: AuthContext, body: RequestBody): Order {
  const type = body.text('type')
  const email = body.text('email')
  const phone = body.text('phone')
  if (!['signup', 'email_change', 'sms', 'phone_change'].includes(type))
    throw invalid('Missing one of these types: signup, email_change, sms, phone_change')
  if (type === 'signup' && email === '') throw invalid('Type provided requires an email address')
  if (type === 'sms' && phone === '') throw invalid('Type provided requires a phone number')
  if (email !== '' && phone !== '') throw invalid('Only an email address or phone number should be provided.')
  if (phone !== '') throw new Failure('phone_resend_disabled', {})
  if (email === '') throw invalid('Missing email address or phone number')
  if (!settings.isEmailEnabled) throw new Failure('email_resend_disabled', {})
  const address = readEmail(email)
  if (type !== 'signup' && type !== 'email_change') throw new Failure('phone_resend_disabled', {})
  return { type, email: address, challenge: readChallenge(body) }
}

function invalid(message: string): Failure {
  return new Failure('validation_failed', { message })
}

type Sending = LockedUser & Errand & { readonly challenge: Challenge | undefined }

function signUpAgain(context: AuthContext, call: Call, sending: Sending): Sql[] {
  const { user, challenge } = sending
  if (user.times.email_confirmed_at !== undefined) return []
  return [
    insertAuditEntry({ action: 'user_confirmation_requested', actor: user, ipAddress: call.clientAddress }),
    ...(challenge === undefined
      ? []
      : insertFlowState({
          userId: user.id,
          provider: 'email/signup',
          signInMethod: 'email/signup',
          ...challenge,
        })),
    ...tokenMail(context, 'confirmation', sending),
  ]
}

function changeAgain(context: AuthContext, sending: Sending): Sql[] {
  const { user, challenge } = sending
  if (user.newEmail === '') return []
  return [
    ...(challenge === undefined
      ? []
      : insertFlowState({
          userId: user.id,
          provider: 'email_change',
          signInMethod: 'email_change',
          ...challenge,
        })),
    ...emailChangeMail(context, user.newEmail, sending),
  ]
}

/** The routes of accounts: GoTrue's paths. */
import type { Access, Call, Route } from '../../kernel/module.ts'
import { adminCreateUser } from './admin-create-user.ts'
import { adminDeleteUser } from './admin-delete-user.ts'
import { adminListUsers } from './admin-list-users.ts'
import { adminUpdateUser } from './admin-update-user.ts'
import { adminGetUser } from './admin-user.ts'
import type { AuthContext } from './auth-context.ts'
import { generateLink } from './generate-link.ts'
import { getUser } from './get-user.ts'
import { inviteUser } from './invite-user.ts'
import { health, jwks, openIdConfiguration, publicSettings } from './public-info.ts'
import { reauthenticate } from './reauthenticate.ts'
import { recoverPassword } from './recover-password.ts'
import { resend } from './resend.ts'
import { sendMagicLink, sendOtp } from './send-otp.ts'
import { signOut } from './sign-out.ts'
import { signUp } from './sign-up.ts'
import { grantToken } from './token-grant.ts'
import { unlinkIdentity } from './unlink-identity.ts'
import { updateOwnUser } from './update-user.ts'
import { verifyCode, verifyLink } from './verify.ts'

/** GoTrue's own bound. */
const bodyBytesMax = 1_048_576

interface Row {
  readonly on: `${'GET' | 'POST' | 'PUT' | 'DELETE'} /${string}`
  readonly access: Access
  readonly summary: string
  readonly answer: (context: AuthContext, call: Call) => Promise<Response> | Response
}

const table: readonly Row[] = [
  { on: 'GET /health', access: 'open', answer: health, summary: 'Whether accounts are served.' },
  { on: 'GET /.well-known/jwks.json', access: 'open', answer: jwks, summary: 'Keys that verify tokens.' },
  {
    on: 'GET /.well-known/openid-configuration',
    access: 'open',
    answer: openIdConfiguration,
    summary: 'Where the keys are, for libraries that look it up.',
  },
  { on: 'GET /settings', access: 'key', answer: publicSettings, summary: 'Which ways in are open.' },
  { on: 'POST /signup', access: 'key', answer: signUp, summary: 'Make an account.' },
  { on: 'POST /token', access: 'key', answer: grantToken, summary: 'Sign in, or refresh a session.' },
  { on: 'POST /otp', access: 'key', answer: sendOtp, summary: 'Send a link and a code that sign in.' },
  { on: 'POST /magiclink', access: 'key', answer: sendMagicLink, summary: 'Send a link that signs in.' },
  {
    on: 'POST /recover',
    access: 'key',
    answer: recoverPassword,
    summary: 'Send a link to set a new password.',
  },
  { on: 'POST /resend', access: 'key', answer: resend, summary: 'Send a confirmation again.' },
  { on: 'GET /verify', access: 'open', answer: verifyLink, summary: 'Where links in e-mails lead.' },
  {
    on: 'POST /verify',
    access: 'open',
    answer: verifyCode,
    summary: 'Hand in a code or the hash of a link.',
  },
  {
    on: 'GET /reauthenticate',
    access: 'user',
    answer: reauthenticate,
    summary: 'Send a code to prove who one is.',
  },
  {
    on: 'DELETE /user/identities/:id',
    access: 'user',
    answer: unlinkIdentity,
    summary: 'Take a way to sign in away.',
  },
  { on: 'POST /invite', access: 'service', answer: inviteUser, summary: 'Invite somebody by e-mail.' },
  {
    on: 'POST /admin/generate_link',
    access: 'service',
    answer: generateLink,
    summary: 'The link that an e-mail would hold.',
  },
  { on: 'GET /user', access: 'user', answer: getUser, summary: 'The user of the token.' },
  { on: 'PUT /user', access: 'user', answer: updateOwnUser, summary: 'Change the user of the token.' },
  { on: 'POST /logout', access: 'user', answer: signOut, summary: 'End sessions.' },
  { on: 'GET /admin/users', access: 'service', answer: adminListUsers, summary: 'List users.' },
  { on: 'POST /admin/users', access: 'service', answer: adminCreateUser, summary: 'Make a user.' },
  { on: 'GET /admin/users/:id', access: 'service', answer: adminGetUser, summary: 'One user.' },
  { on: 'PUT /admin/users/:id', access: 'service', answer: adminUpdateUser, summary: 'Change a user.' },
  { on: 'DELETE /admin/users/:id', access: 'service', answer: adminDeleteUser, summary: 'Delete a user.' },
]

export function authRoutes(context: AuthContext): Route[] {
  return table.map(({ on, access, summary, answer }) => {
    const [method = '', path = ''] = on.split(' ')
    return { method, path, access, summary, bodyBytesMax, handle: (call) => answer(context, call) }
  })
}

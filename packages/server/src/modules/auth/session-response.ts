/** The answer to a sign-in: tokens and the user. */
import type { AuthContext } from './auth-context.ts'
import type { Weakness } from './password-rules.ts'
import type { JsonObject } from './request-body.ts'
import { showUser, type User } from './user-view.ts'

/** One way of having proved who one is, as the `amr` claim lists them. */
export interface Proof {
  readonly method: string
  /** Unix time in seconds. */
  readonly timestamp: number
}

export interface IssuedSession {
  readonly id: string
  readonly refreshToken: string
  readonly aal: string
  /** The latest one first. */
  readonly proofs: readonly Proof[]
  /** Said to someone who signed in with a password that would be refused today. */
  readonly weakPassword?: Weakness | undefined
}

/** What GoTrue's clients keep of a session. */
export interface SessionBody {
  readonly access_token: string
  readonly token_type: string
  readonly expires_in: number
  readonly expires_at: number
  readonly refresh_token: string
  readonly user: JsonObject
  readonly weak_password?: Weakness
}

export async function respondSession(
  context: AuthContext,
  user: User,
  session: IssuedSession,
): Promise<Response> {
  const body = await issueTokens(context, user, session)
  return Response.json(body, { headers: { 'cache-control': 'no-store' } })
}

export async function issueTokens(
  { keys, settings, issuer }: AuthContext,
  user: User,
  session: IssuedSession,
): Promise<SessionBody> {
  const expiresIn = settings.jwtExpirySeconds
  const expiresAt = Math.floor(Date.now() / 1000) + expiresIn
  return {
    access_token: await keys.sign(claimsOf(user, session, issuer), expiresIn),
    token_type: 'bearer',
    expires_in: expiresIn,
    expires_at: expiresAt,
    refresh_token: session.refreshToken,
    user: showUser(user),
    ...(session.weakPassword === undefined ? {} : { weak_password: session.weakPassword }),
  }
}

function claimsOf(user: User, session: IssuedSession, issuer: string): JsonObject {
  return {
    iss: issuer,
    sub: user.id,
    aud: user.aud,
    email: user.email,
    phone: user.phone,
    app_metadata: user.appMetadata,
    user_metadata: user.userMetadata,
    role: user.role,
    aal: session.aal,
    amr: session.proofs,
    session_id: session.id,
    is_anonymous: user.isAnonymous,
  }
}

/** The proof that was given just now. */
export function proofNow(method: string): Proof {
  return { method, timestamp: Math.floor(Date.now() / 1000) }
}

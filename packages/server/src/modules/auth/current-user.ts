/** The user whose token came with the request, as the database knows them now. */
import { Failure } from '../../kernel/failure.ts'
import type { Call } from '../../kernel/module.ts'
import type { AuthContext } from './auth-context.ts'
import { selectUserOfSession } from './statements.ts'
import { readUsers, type User } from './user-view.ts'

export interface CurrentUser {
  readonly user: User
  /** Null for a token that belongs to no session, such as one that an app made itself. */
  readonly sessionId: string | null
  /** Within the last day, in this session. */
  readonly hasSignedInRecently: boolean
}

const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i

export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && uuid.test(value)
}

/** A token outlives what it stands for: refuses when its user or its session is gone, or the user is banned. */
export async function currentUser({ store }: AuthContext, call: Call): Promise<CurrentUser> {
  const userId = call.identity.claims['sub']
  if (!isUuid(userId)) throw new Failure('bad_jwt', { reason: 'invalid claim: sub claim must be a UUID' })
  const sessionId = readSessionId(call)
  const [rows] = await store.run({
    statements: [selectUserOfSession(userId, sessionId)],
    failing: 'Database error loading user',
    signal: call.signal,
  })
  const user = readUsers(rows)[0]
  if (user === undefined) throw new Failure('token_user_not_found', {})
  const isYoung = rows?.objects()[0]?.['session_is_young']
  if (sessionId !== null && typeof isYoung !== 'boolean') throw new Failure('session_not_found', {})
  if (user.isBanned) throw new Failure('user_banned_now', {})
  return { user, sessionId, hasSignedInRecently: isYoung === true }
}

function readSessionId(call: Call): string | null {
  const sessionId = call.identity.claims['session_id'] ?? ''
  if (sessionId === '' || sessionId === '00000000-0000-0000-0000-000000000000') return null
  if (isUuid(sessionId)) return sessionId
  throw new Failure('bad_jwt', { reason: 'invalid claim: session_id claim must be a UUID' })
}

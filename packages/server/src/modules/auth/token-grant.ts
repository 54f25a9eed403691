/** Answers `POST /token`: which use case it is stands in the query. */
import { Failure } from '../../kernel/failure.ts'
import type { Call } from '../../kernel/module.ts'
import type { AuthContext } from './auth-context.ts'
import { grantByCode } from './pkce-grant.ts'
import { refreshSession } from './refresh-session.ts'
import { signInWithPassword } from './sign-in-with-password.ts'

export async function grantToken(context: AuthContext, call: Call): Promise<Response> {
  switch (call.url.searchParams.get('grant_type')) {
    case 'password':
      return signInWithPassword(context, call)
    case 'refresh_token':
      return refreshSession(context, call)
    case 'pkce':
      return grantByCode(context, call)
    case null:
    default:
      throw new Failure('unsupported_grant_type', {})
  }
}

/** Answers with the user of the token. */
import type { Call } from '../../kernel/module.ts'
import type { AuthContext } from './auth-context.ts'
import { currentUser } from './current-user.ts'
import { showUser } from './user-view.ts'

export async function getUser(context: AuthContext, call: Call): Promise<Response> {
  const { user } = await currentUser(context, call)
  return Response.json(showUser(user))
}

/** The user that an administrator's request names in its path. */
import { Failure } from '../../kernel/failure.ts'
import type { Call } from '../../kernel/module.ts'
import type { AuthContext } from './auth-context.ts'
import { isUuid } from './current-user.ts'
import { selectUser } from './statements.ts'
import { readUsers, showUser, type User } from './user-view.ts'

export async function namedUser({ store }: AuthContext, call: Call): Promise<User> {
  const id = call.params['id']
  if (!isUuid(id)) throw new Failure('user_id_invalid', {})
  const [rows] = await store.run({
    statements: [selectUser(id)],
    failing: 'Database error loading user',
    signal: call.signal,
  })
  const user = readUsers(rows)[0]
  if (user === undefined) throw new Failure('user_not_found', {})
  return user
}

export async function adminGetUser(context: AuthContext, call: Call): Promise<Response> {
  return Response.json(showUser(await namedUser(context, call)))
}

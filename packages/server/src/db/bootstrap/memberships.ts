/** Lets the owner act as each role that Plinth has set up: give objects to it, and change what belongs to it. */
import type { Observe } from '../../kernel/observe.ts'
import { DatabaseError, ident, sql, toStatement, type SessionPool } from '../index.ts'

/** `roles` come from our own steps. What is refused is observed. A superuser needs no membership. */
export async function joinRoles(
  owner: SessionPool,
  roles: readonly string[],
  observe: Observe,
): Promise<void> {
  const [rows] = await owner.run({
    statements: [
      toStatement(sql`
        select rolname, current_setting('server_version_num')::int >= 160000 from pg_catalog.pg_roles
        where rolname = any(${`{${roles.join(',')}}`}::name[]) and rolname <> current_user and not rolsuper
          and not pg_catalog.pg_has_role(oid, 'usage')`),
    ],
  })
  const refused: string[] = []
  let reason = ''
  for (const [name, hasOptions] of rows?.cells ?? []) {
    const role = String(name)
    // Since PostgreSQL 16 the creator of a role may hand it on, but not use it, unless he gives that to himself.
    const options = String(hasOptions) === 't' ? sql` with inherit true, set true` : sql``
    const grant = toStatement(sql`grant ${ident(role)} to current_user${options}`)
    try {
      await owner.run({ statements: [grant], isOnce: true })
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error
      refused.push(role)
      reason = error.message
    }
  }
  if (refused.length === 0) return
  const what = `membership of the database user in ${refused.join(', ')}`
  const effect = 'Plinth and migrations cannot give anything to these roles, or change what belongs to them.'
  observe('bootstrap_skipped', { what, reason, effect })
}

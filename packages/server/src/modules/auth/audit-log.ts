/** The audit log: who did what to which account. Written in the transaction of the deed. */
import { randomUUID } from 'node:crypto'
import { raw, sql, type Sql } from '../../db/index.ts'
import type { JsonObject } from './request-body.ts'

const logTypes = {
  login: 'account',
  logout: 'account',
  user_signedup: 'team',
  user_invited: 'team',
  user_deleted: 'team',
  user_modified: 'user',
  user_updated_password: 'user',
  user_confirmation_requested: 'user',
  user_recovery_requested: 'user',
  user_reauthenticate_requested: 'user',
  user_repeated_signup: 'user',
  identity_unlinked: 'user',
} as const

export interface AuditEntry {
  readonly action: keyof typeof logTypes
  /** Whose deed it is; the role's name for administrators. */
  readonly actor: { readonly id: string; readonly email: string; readonly phone?: string }
  readonly ipAddress: string
  readonly traits?: JsonObject
}

export function insertAuditEntry({ action, actor, ipAddress, traits }: AuditEntry): Sql {
  const payload = {
    action,
    actor_id: actor.id,
    actor_username: actor.phone === undefined || actor.phone === '' ? actor.email : actor.phone,
    actor_via_sso: false,
    log_type: logTypes[action],
    ...(traits === undefined ? {} : { traits }),
  }
  return sql`insert into auth.audit_log_entries (instance_id, id, payload, created_at, ip_address)
    values (${raw(`'00000000-0000-0000-0000-000000000000'::uuid`)}, ${randomUUID()},
      ${JSON.stringify(payload)}, now(), ${ipAddress})`
}

/** The actor of what a service key or an administrator's token does. */
export function administrator(role: string): AuditEntry['actor'] {
  return { id: '00000000-0000-0000-0000-000000000000', email: role }
}

/**
 * Who may do what with the tables of accounts. Row-level security without a policy keeps API roles out, whatever they
 * are granted. The owner is the role that triggers of Supabase's apps expect to run under, where that is possible
 * without locking ourselves out.
 */
import type { Migration } from '../../../kernel/module.ts'

export const accessMigration: Migration = {
  id: '0003_access',
  sql: `
do $migration$
declare
  item record;
  grantee text;
  can_give_away boolean := exists (
    select from pg_roles where rolname = current_user and (rolsuper or rolbypassrls))
    and exists (select from pg_roles where rolname = 'supabase_auth_admin');
begin
  for item in
    select c.relname from pg_class c
    where c.relnamespace = 'auth'::regnamespace and c.relkind = 'r' and pg_has_role(c.relowner, 'USAGE')
      and c.relname in ('users', 'identities', 'audit_log_entries', 'sessions', 'refresh_tokens',
        'mfa_amr_claims', 'mfa_factors', 'mfa_challenges', 'one_time_tokens')
  loop
    execute format('alter table auth.%I enable row level security', item.relname);
    begin
      if can_give_away then
        execute format('alter table auth.%I owner to supabase_auth_admin', item.relname);
      end if;
      for grantee in
        select rolname from pg_roles where rolname in ('postgres', 'dashboard_user', current_user)
      loop
        execute format('grant all on table auth.%I to %I', item.relname, grantee);
      end loop;
    exception when insufficient_privilege then
      raise notice 'auth.% stays with %', item.relname, current_user;
    end;
  end loop;
  if pg_has_role((select relowner from pg_class where oid = to_regclass('auth.refresh_tokens_id_seq')), 'USAGE') then
    for grantee in
      select rolname from pg_roles where rolname in ('postgres', 'dashboard_user', current_user)
    loop
      execute format('grant all on sequence auth.refresh_tokens_id_seq to %I', grantee);
    end loop;
  end if;
end
$migration$;
`,
}

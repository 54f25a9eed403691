/** Flows that go over a browser and come back with a code (PKCE). Left alone where a Supabase project made the table. */
import type { Migration } from '../../../kernel/module.ts'

export const flowStateMigration: Migration = {
  id: '0004_flow_state',
  sql: `
do $migration$
declare
  grantee text;
  can_give_away boolean := exists (
    select from pg_roles where rolname = current_user and (rolsuper or rolbypassrls))
    and exists (select from pg_roles where rolname = 'supabase_auth_admin');
begin
  if to_regclass('auth.flow_state') is not null
    or not pg_has_role((select relowner from pg_class where oid = to_regclass('auth.users')), 'USAGE')
  then return; end if;

  create table auth.flow_state (
    id uuid not null constraint flow_state_pkey primary key,
    user_id uuid,
    auth_code text,
    code_challenge_method auth.code_challenge_method,
    code_challenge text,
    provider_type text not null,
    provider_access_token text,
    provider_refresh_token text,
    created_at timestamptz,
    updated_at timestamptz,
    authentication_method text not null,
    auth_code_issued_at timestamptz,
    invite_token text,
    referrer text,
    oauth_client_state_id uuid,
    linking_target_id uuid,
    email_optional boolean not null default false
  );
  create index idx_auth_code on auth.flow_state (auth_code);
  create index idx_user_id_auth_method on auth.flow_state (user_id, authentication_method);
  create index flow_state_created_at_idx on auth.flow_state (created_at desc);
  alter table auth.flow_state enable row level security;
  begin
    if can_give_away then alter table auth.flow_state owner to supabase_auth_admin; end if;
    for grantee in
      select rolname from pg_roles where rolname in ('postgres', 'dashboard_user', current_user)
    loop
      execute format('grant all on table auth.flow_state to %I', grantee);
    end loop;
  exception when insufficient_privilege then
    raise notice 'auth.flow_state stays with %', current_user;
  end;
end
$migration$;
`,
}

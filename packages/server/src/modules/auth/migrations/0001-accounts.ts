/**
 * Users, identities, audit log: names and columns are those that apps hang foreign keys, triggers and queries on.
 * A database that has them already, from a Supabase project, keeps its own.
 */
import type { Migration } from '../../../kernel/module.ts'

export const accountsMigration: Migration = {
  id: '0001_accounts',
  sql: `
do $migration$
begin
  if not pg_has_role(coalesce(
    (select relowner from pg_class where oid = to_regclass('auth.users')), current_user::regrole), 'USAGE')
  then return; end if;

  create table if not exists auth.users (
    instance_id uuid,
    id uuid not null constraint users_pkey primary key,
    aud varchar(255),
    role varchar(255),
    email varchar(255),
    encrypted_password varchar(255),
    email_confirmed_at timestamptz,
    invited_at timestamptz,
    confirmation_token varchar(255),
    confirmation_sent_at timestamptz,
    recovery_token varchar(255),
    recovery_sent_at timestamptz,
    email_change_token_new varchar(255),
    email_change varchar(255),
    email_change_sent_at timestamptz,
    last_sign_in_at timestamptz,
    raw_app_meta_data jsonb,
    raw_user_meta_data jsonb,
    is_super_admin boolean,
    created_at timestamptz,
    updated_at timestamptz,
    phone text default null constraint users_phone_key unique,
    phone_confirmed_at timestamptz,
    phone_change text default '',
    phone_change_token varchar(255) default '',
    phone_change_sent_at timestamptz,
    confirmed_at timestamptz generated always as (least(email_confirmed_at, phone_confirmed_at)) stored,
    email_change_token_current varchar(255) default '',
    email_change_confirm_status smallint default 0
      constraint users_email_change_confirm_status_check check (email_change_confirm_status between 0 and 2),
    banned_until timestamptz,
    reauthentication_token varchar(255) default '',
    reauthentication_sent_at timestamptz,
    is_sso_user boolean not null default false,
    deleted_at timestamptz,
    is_anonymous boolean not null default false
  );
  create unique index if not exists users_email_partial_key on auth.users (email) where is_sso_user = false;
  create index if not exists users_instance_id_idx on auth.users (instance_id);
  create index if not exists users_instance_id_email_idx on auth.users (instance_id, lower(email));
  create index if not exists users_is_anonymous_idx on auth.users (is_anonymous);
  create index if not exists idx_users_created_at_desc on auth.users (created_at desc);
  create unique index if not exists confirmation_token_idx on auth.users (confirmation_token)
    where confirmation_token !~ '^[0-9 ]*$';
  create unique index if not exists recovery_token_idx on auth.users (recovery_token)
    where recovery_token !~ '^[0-9 ]*$';
  create unique index if not exists email_change_token_current_idx on auth.users (email_change_token_current)
    where email_change_token_current !~ '^[0-9 ]*$';
  create unique index if not exists email_change_token_new_idx on auth.users (email_change_token_new)
    where email_change_token_new !~ '^[0-9 ]*$';
  create unique index if not exists reauthentication_token_idx on auth.users (reauthentication_token)
    where reauthentication_token !~ '^[0-9 ]*$';

  create table if not exists auth.identities (
    provider_id text not null,
    user_id uuid not null constraint identities_user_id_fkey references auth.users (id) on delete cascade,
    identity_data jsonb not null,
    provider text not null,
    last_sign_in_at timestamptz,
    created_at timestamptz,
    updated_at timestamptz,
    email text generated always as (lower(identity_data ->> 'email')) stored,
    id uuid not null default gen_random_uuid() constraint identities_pkey primary key,
    constraint identities_provider_id_provider_unique unique (provider_id, provider)
  );
  create index if not exists identities_user_id_idx on auth.identities (user_id);
  create index if not exists identities_email_idx on auth.identities (email text_pattern_ops);

  create table if not exists auth.audit_log_entries (
    instance_id uuid,
    id uuid not null constraint audit_log_entries_pkey primary key,
    payload json,
    created_at timestamptz,
    ip_address varchar(64) not null default ''
  );
  create index if not exists audit_logs_instance_id_idx on auth.audit_log_entries (instance_id);
end
$migration$;
`,
}

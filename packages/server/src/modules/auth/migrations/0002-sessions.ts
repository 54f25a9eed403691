/** Sessions, refresh tokens, second factors, one-time tokens, flows. Left alone where a Supabase project made them. */
import type { Migration } from '../../../kernel/module.ts'

export const sessionsMigration: Migration = {
  id: '0002_sessions',
  sql: `
do $migration$
begin
  if not pg_has_role((select relowner from pg_class where oid = to_regclass('auth.users')), 'USAGE')
  then return; end if;

  if to_regtype('auth.aal_level') is null then
    create type auth.aal_level as enum ('aal1', 'aal2', 'aal3');
  end if;
  if to_regtype('auth.factor_type') is null then
    create type auth.factor_type as enum ('totp', 'webauthn', 'phone');
  end if;
  if to_regtype('auth.factor_status') is null then
    create type auth.factor_status as enum ('unverified', 'verified');
  end if;
  if to_regtype('auth.code_challenge_method') is null then
    create type auth.code_challenge_method as enum ('s256', 'plain');
  end if;
  if to_regtype('auth.one_time_token_type') is null then
    create type auth.one_time_token_type as enum ('confirmation_token', 'reauthentication_token',
      'recovery_token', 'email_change_token_new', 'email_change_token_current', 'phone_change_token');
  end if;

  create table if not exists auth.sessions (
    id uuid not null constraint sessions_pkey primary key,
    user_id uuid not null constraint sessions_user_id_fkey references auth.users (id) on delete cascade,
    created_at timestamptz,
    updated_at timestamptz,
    factor_id uuid,
    aal auth.aal_level,
    not_after timestamptz,
    refreshed_at timestamp,
    user_agent text,
    ip inet,
    tag text,
    oauth_client_id uuid,
    refresh_token_hmac_key text,
    refresh_token_counter bigint,
    scopes text constraint sessions_scopes_length check (char_length(scopes) <= 4096)
  );
  create index if not exists sessions_user_id_idx on auth.sessions (user_id);
  create index if not exists user_id_created_at_idx on auth.sessions (user_id, created_at);
  create index if not exists sessions_not_after_idx on auth.sessions (not_after desc);
  create index if not exists sessions_oauth_client_id_idx on auth.sessions (oauth_client_id);

  create table if not exists auth.refresh_tokens (
    instance_id uuid,
    id bigserial constraint refresh_tokens_pkey primary key,
    token varchar(255) constraint refresh_tokens_token_unique unique,
    user_id varchar(255),
    revoked boolean,
    created_at timestamptz,
    updated_at timestamptz,
    parent varchar(255),
    session_id uuid constraint refresh_tokens_session_id_fkey references auth.sessions (id) on delete cascade
  );
  create index if not exists refresh_tokens_instance_id_idx on auth.refresh_tokens (instance_id);
  create index if not exists refresh_tokens_instance_id_user_id_idx on auth.refresh_tokens (instance_id, user_id);
  create index if not exists refresh_tokens_parent_idx on auth.refresh_tokens (parent);
  create index if not exists refresh_tokens_session_id_revoked_idx on auth.refresh_tokens (session_id, revoked);
  create index if not exists refresh_tokens_updated_at_idx on auth.refresh_tokens (updated_at desc);

  create table if not exists auth.mfa_amr_claims (
    session_id uuid not null
      constraint mfa_amr_claims_session_id_fkey references auth.sessions (id) on delete cascade,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    authentication_method text not null,
    id uuid not null constraint amr_id_pk primary key,
    constraint mfa_amr_claims_session_id_authentication_method_pkey unique (session_id, authentication_method)
  );

  create table if not exists auth.mfa_factors (
    id uuid not null constraint mfa_factors_pkey primary key,
    user_id uuid not null constraint mfa_factors_user_id_fkey references auth.users (id) on delete cascade,
    friendly_name text,
    factor_type auth.factor_type not null,
    status auth.factor_status not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    secret text,
    phone text,
    last_challenged_at timestamptz constraint mfa_factors_last_challenged_at_key unique,
    web_authn_credential jsonb,
    web_authn_aaguid uuid,
    last_webauthn_challenge_data jsonb
  );
  create unique index if not exists mfa_factors_user_friendly_name_unique
    on auth.mfa_factors (friendly_name, user_id) where trim(friendly_name) <> '';
  create unique index if not exists unique_phone_factor_per_user on auth.mfa_factors (user_id, phone);
  create index if not exists factor_id_created_at_idx on auth.mfa_factors (user_id, created_at);
  create index if not exists mfa_factors_user_id_idx on auth.mfa_factors (user_id);

  create table if not exists auth.mfa_challenges (
    id uuid not null constraint mfa_challenges_pkey primary key,
    factor_id uuid not null
      constraint mfa_challenges_auth_factor_id_fkey references auth.mfa_factors (id) on delete cascade,
    created_at timestamptz not null,
    verified_at timestamptz,
    ip_address inet not null,
    otp_code text,
    web_authn_session_data jsonb
  );
  create index if not exists mfa_challenge_created_at_idx on auth.mfa_challenges (created_at desc);

  create table if not exists auth.one_time_tokens (
    id uuid not null constraint one_time_tokens_pkey primary key,
    user_id uuid not null constraint one_time_tokens_user_id_fkey references auth.users (id) on delete cascade,
    token_type auth.one_time_token_type not null,
    token_hash text not null constraint one_time_tokens_token_hash_check check (char_length(token_hash) > 0),
    relates_to text not null,
    created_at timestamp not null default now(),
    updated_at timestamp not null default now()
  );
  create index if not exists one_time_tokens_token_hash_hash_idx on auth.one_time_tokens using hash (token_hash);
  create index if not exists one_time_tokens_relates_to_hash_idx on auth.one_time_tokens using hash (relates_to);
  create unique index if not exists one_time_tokens_user_id_token_type_key
    on auth.one_time_tokens (user_id, token_type);
end
$migration$;
`,
}

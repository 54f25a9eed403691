-- Roles. They belong to the whole server, not to one database: one that is there already is left as it is.
-- None but authenticator can log in: the others are only what requests, owners and grants refer to.

-- step: role anon
-- unless: exists (select from pg_roles where rolname = 'anon')
-- required
-- effect: Let the administrator of this server run: create role anon nologin
create role anon nologin;
alter role anon set statement_timeout = '3s';

-- step: role authenticated
-- unless: exists (select from pg_roles where rolname = 'authenticated')
-- required
-- effect: Let the administrator of this server run: create role authenticated nologin
create role authenticated nologin;
alter role authenticated set statement_timeout = '8s';

-- step: role service_role
-- unless: exists (select from pg_roles where rolname = 'service_role')
-- required
-- effect: Let the administrator of this server run: create role service_role nologin bypassrls
create role service_role nologin;

-- step: the right of service_role to pass by row-level security
-- unless: exists (select from pg_roles where rolname = 'service_role' and (rolbypassrls or rolsuper))
-- effect: The service key sees only rows that a policy shows to service_role, until the administrator of this server
--   runs: alter role service_role bypassrls
alter role service_role bypassrls;

-- step: role authenticator
-- unless: exists (select from pg_roles where rolname = 'authenticator')
-- required
-- effect: Let the administrator of this server run: create role authenticator login noinherit
create role authenticator login noinherit;
alter role authenticator set statement_timeout = '8s';
alter role authenticator set lock_timeout = '8s';

-- step: the right of authenticator to become anon, authenticated and service_role
-- unless: (
--   select count(*) = 3 from pg_roles target, pg_roles login
--   where login.rolname = 'authenticator' and target.rolname in ('anon', 'authenticated', 'service_role')
--     and pg_has_role(login.oid, target.oid, 'member'))
-- required
-- effect: Let the administrator of this server run: grant anon, authenticated, service_role to authenticator
grant anon, authenticated, service_role to authenticator;

-- Migrations name this role as owner and in grants, whatever the owner of the database is called.
-- step: role postgres
-- unless: exists (select from pg_roles where rolname = 'postgres')
-- effect: A migration that names postgres fails.
create role postgres nologin;

-- step: role supabase_admin
-- unless: exists (select from pg_roles where rolname = 'supabase_admin')
-- effect: A migration that names supabase_admin fails.
create role supabase_admin nologin;

-- Dumps make it the owner of event triggers, which only a superuser may own.
-- step: superuser right of supabase_admin
-- unless: exists (select from pg_roles where rolname = 'supabase_admin' and rolsuper)
--   or not exists (select from pg_roles where rolname = current_user and rolsuper)
-- effect: A dump that makes it the owner of an event trigger cannot be restored.
alter role supabase_admin superuser;

-- step: role supabase_auth_admin
-- unless: exists (select from pg_roles where rolname = 'supabase_auth_admin')
-- effect: A migration that names supabase_auth_admin fails.
create role supabase_auth_admin nologin;

-- step: role supabase_storage_admin
-- unless: exists (select from pg_roles where rolname = 'supabase_storage_admin')
-- effect: A migration that names supabase_storage_admin fails.
create role supabase_storage_admin nologin;

-- step: role supabase_realtime_admin
-- unless: exists (select from pg_roles where rolname = 'supabase_realtime_admin')
-- effect: A migration that names supabase_realtime_admin fails.
create role supabase_realtime_admin nologin;

-- step: role supabase_functions_admin
-- unless: exists (select from pg_roles where rolname = 'supabase_functions_admin')
-- effect: A migration that names supabase_functions_admin fails.
create role supabase_functions_admin nologin;

-- step: role supabase_replication_admin
-- unless: exists (select from pg_roles where rolname = 'supabase_replication_admin')
-- effect: A migration that names supabase_replication_admin fails.
create role supabase_replication_admin nologin;

-- step: role supabase_etl_admin
-- unless: exists (select from pg_roles where rolname = 'supabase_etl_admin')
-- effect: A migration that names supabase_etl_admin fails.
create role supabase_etl_admin nologin;

-- step: role supabase_read_only_user
-- unless: exists (select from pg_roles where rolname = 'supabase_read_only_user')
-- effect: A migration that names supabase_read_only_user fails.
create role supabase_read_only_user nologin;

-- step: role dashboard_user
-- unless: exists (select from pg_roles where rolname = 'dashboard_user')
-- effect: A migration that names dashboard_user fails.
create role dashboard_user nologin;

-- step: role pgbouncer
-- unless: exists (select from pg_roles where rolname = 'pgbouncer')
-- effect: A migration that names pgbouncer fails.
create role pgbouncer nologin;

-- Schemas that apps and their migrations refer to, and who may look names up in them. What they hold comes from modules.

-- step: schema extensions
-- unless: to_regnamespace('extensions') is not null
-- effect: Extensions cannot be kept apart from the tables of the app.
create schema extensions;
grant usage on schema extensions to anon, authenticated, service_role;

-- step: schema auth
-- unless: to_regnamespace('auth') is not null
-- effect: Accounts and policies that call auth.uid() do not work.
call plinth.create_schema('auth', 'supabase_auth_admin');
grant usage on schema auth to anon, authenticated, service_role;

-- step: schema storage
-- unless: to_regnamespace('storage') is not null
-- effect: Files do not work.
call plinth.create_schema('storage', 'supabase_storage_admin');
grant usage on schema storage to anon, authenticated, service_role;

-- step: schema realtime
-- unless: to_regnamespace('realtime') is not null
-- effect: Policies on realtime messages do not work.
call plinth.create_schema('realtime', 'supabase_realtime_admin');
grant usage on schema realtime to anon, authenticated, service_role;

-- step: schema graphql
-- unless: to_regnamespace('graphql') is not null
-- effect: A migration that names this schema fails.
create schema graphql;
grant usage on schema graphql to anon, authenticated, service_role;

-- step: schema graphql_public
-- unless: to_regnamespace('graphql_public') is not null
-- effect: A migration that names this schema fails.
create schema graphql_public;
grant usage on schema graphql_public to anon, authenticated, service_role;

-- step: schema vault
-- unless: to_regnamespace('vault') is not null
-- effect: Secrets in the database do not work.
create schema vault;
grant usage on schema vault to service_role;

-- step: schema net
-- unless: to_regnamespace('net') is not null
-- effect: HTTP calls from the database do not work.
create schema net;
grant usage on schema net to anon, authenticated, service_role;

-- step: schema cron
-- unless: to_regnamespace('cron') is not null
-- effect: Schedules do not work.
create schema cron;

-- step: schema pgmq
-- unless: to_regnamespace('pgmq') is not null
-- effect: Queues do not work.
create schema pgmq;

-- step: schema pgmq_public
-- unless: to_regnamespace('pgmq_public') is not null
-- effect: Queues cannot be reached over REST.
create schema pgmq_public;
grant usage on schema pgmq_public to anon, authenticated, service_role;

-- step: schema supabase_functions
-- unless: to_regnamespace('supabase_functions') is not null
-- effect: Database webhooks do not work.
call plinth.create_schema('supabase_functions', 'supabase_functions_admin');
grant usage on schema supabase_functions to anon, authenticated, service_role;

-- step: schema supabase_migrations
-- unless: to_regnamespace('supabase_migrations') is not null
-- required
-- effect: The migrations of the project cannot be recorded.
create schema supabase_migrations;

-- The columns are those that Supabase's command line reads and writes.
-- step: table supabase_migrations.schema_migrations
-- unless: (
--   select count(*) = 3 from pg_attribute
--   where attrelid = to_regclass('supabase_migrations.schema_migrations')
--     and attname in ('version', 'statements', 'name') and not attisdropped)
-- required
-- effect: The migrations of the project cannot be recorded.
create table if not exists supabase_migrations.schema_migrations (version text primary key);
alter table supabase_migrations.schema_migrations add column if not exists statements text[];
alter table supabase_migrations.schema_migrations add column if not exists name text;

-- step: table supabase_migrations.seed_files
-- unless: to_regclass('supabase_migrations.seed_files') is not null
-- required
-- effect: The seed of the project cannot be recorded.
create table supabase_migrations.seed_files (path text primary key, hash text not null);

-- Extensions that apps use without asking for them, and the path on which their functions are found.

-- step: extension uuid-ossp
-- unless: exists (select from pg_extension where extname = 'uuid-ossp')
-- effect: uuid_generate_v4() and its like are missing; gen_random_uuid() is always there.
create extension "uuid-ossp" with schema extensions;

-- step: extension pgcrypto
-- unless: exists (select from pg_extension where extname = 'pgcrypto')
-- effect: crypt(), digest(), hmac() and their like are missing.
create extension pgcrypto with schema extensions;

-- Without its library loaded at the server's start the extension only raises errors.
-- step: extension pg_stat_statements
-- unless: exists (select from pg_extension where extname = 'pg_stat_statements')
--   or not exists (
--     select from pg_settings where name = 'shared_preload_libraries' and setting like '%pg_stat_statements%')
--   or not exists (select from pg_available_extensions where name = 'pg_stat_statements')
-- effect: There are no statistics of statements.
create extension pg_stat_statements with schema extensions;

-- step: search path of the database
-- unless: exists (
--   select from pg_db_role_setting, unnest(setconfig) entry
--   where setdatabase = (select oid from pg_database where datname = current_database())
--     and setrole = 0 and entry like 'search\_path=%')
-- effect: Functions of extensions must be called with their schema: extensions.uuid_generate_v4().
do $$
begin
  execute format('alter database %I set search_path = "$user", public, extensions', current_database());
end $$;

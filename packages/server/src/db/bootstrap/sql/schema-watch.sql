-- Tells `pgrst` when tables, views, functions or types change, so that REST reads the schema again. Objects of a
-- session (pg_temp) and of schemas that REST never shows are left out: they come and go at every start and request.

-- step: function extensions.pgrst_ddl_watch
-- unless: to_regprocedure('extensions.pgrst_ddl_watch()') is not null
-- effect: After a change of the schema, send: notify pgrst, 'reload schema'
create function extensions.pgrst_ddl_watch() returns event_trigger language plpgsql set search_path = '' as $$
begin
  if exists (
    select from pg_catalog.pg_event_trigger_ddl_commands() command
    where coalesce(command.schema_name, '')
        not in ('pg_temp', 'auth', 'storage', 'realtime', 'plinth', 'supabase_migrations')
      and command.object_identity not like '% on pg\_temp.%'
  ) then
    notify pgrst, 'reload schema';
  end if;
end $$;

-- step: event trigger pgrst_ddl_watch
-- unless: exists (select from pg_event_trigger where evtname = 'pgrst_ddl_watch')
-- effect: After a change of the schema, send: notify pgrst, 'reload schema'
create event trigger pgrst_ddl_watch on ddl_command_end
when tag in (
  'CREATE SCHEMA', 'ALTER SCHEMA', 'CREATE EXTENSION', 'ALTER EXTENSION',
  'CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'ALTER TABLE',
  'CREATE FOREIGN TABLE', 'ALTER FOREIGN TABLE', 'IMPORT FOREIGN SCHEMA',
  'CREATE VIEW', 'ALTER VIEW', 'CREATE MATERIALIZED VIEW', 'ALTER MATERIALIZED VIEW',
  'CREATE FUNCTION', 'ALTER FUNCTION', 'CREATE PROCEDURE', 'ALTER PROCEDURE',
  'ALTER ROUTINE', 'CREATE AGGREGATE', 'ALTER AGGREGATE',
  'CREATE TYPE', 'ALTER TYPE', 'CREATE DOMAIN', 'ALTER DOMAIN',
  'CREATE RULE', 'ALTER RULE', 'CREATE TRIGGER', 'ALTER TRIGGER', 'COMMENT'
)
execute function extensions.pgrst_ddl_watch();

-- step: function extensions.pgrst_drop_watch
-- unless: to_regprocedure('extensions.pgrst_drop_watch()') is not null
-- effect: After something was dropped, send: notify pgrst, 'reload schema'
create function extensions.pgrst_drop_watch() returns event_trigger language plpgsql set search_path = '' as $$
begin
  if exists (
    select from pg_catalog.pg_event_trigger_dropped_objects() dropped
    where not dropped.is_temporary
      and dropped.object_type in (
        'schema', 'table', 'table column', 'table constraint', 'foreign table', 'view', 'materialized view',
        'function', 'procedure', 'aggregate', 'type', 'rule', 'trigger'
      )
      and coalesce(dropped.schema_name, '') not in ('auth', 'storage', 'realtime', 'plinth', 'supabase_migrations')
      and dropped.object_identity not like '% on pg\_temp.%'
  ) then
    notify pgrst, 'reload schema';
  end if;
end $$;

-- step: event trigger pgrst_drop_watch
-- unless: exists (select from pg_event_trigger where evtname = 'pgrst_drop_watch')
-- effect: After something was dropped, send: notify pgrst, 'reload schema'
create event trigger pgrst_drop_watch on sql_drop execute function extensions.pgrst_drop_watch();

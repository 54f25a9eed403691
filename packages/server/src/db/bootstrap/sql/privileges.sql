-- What the callers' roles may do in the schema public.

-- step: usage of schema public
-- unless: (
--   select count(*) = 3 from pg_namespace, pg_roles
--   where nspname = 'public' and rolname in ('anon', 'authenticated', 'service_role')
--     and has_schema_privilege(pg_roles.oid, pg_namespace.oid, 'usage'))
-- effect: Requests see no tables in public until they are allowed: grant usage on schema public to anon, authenticated,
--   service_role
grant usage on schema public to anon, authenticated, service_role;

-- Done once for each value of the setting, so that what the project's own migrations take away stays away.
-- step: privileges on new tables, functions and sequences in public
-- variant: plinth.expose_new_tables
-- effect: Grants on new tables must be written into migrations.
do $$
declare
  is_exposed constant boolean := current_setting('plinth.expose_new_tables')::boolean;
  change constant text := case when is_exposed then 'grant all on %s to' else 'revoke all on %s from' end;
  maker name;
  kind text;
begin
  for maker in
    select rolname from pg_roles
    where rolname in (current_user, 'postgres', 'supabase_admin') and pg_has_role(oid, 'usage')
  loop
    foreach kind in array array['tables', 'functions', 'sequences'] loop
      execute format('alter default privileges for role %I in schema public ', maker)
        || format(change, kind) || ' anon, authenticated, service_role';
    end loop;
  end loop;
end $$;

-- Who is asking, for policies. They stand here and not in the module auth because policies call them also where that
-- module is not in the run. One expression each, so that PostgreSQL folds them into the query that calls them, and
-- names are bound now, so that no search_path can give them another meaning. An empty setting is what is left after a
-- transaction that had one.

-- step: usage of schema auth
-- unless: (
--   select count(*) = 3 from pg_namespace, pg_roles
--   where nspname = 'auth' and rolname in ('anon', 'authenticated', 'service_role')
--     and has_schema_privilege(pg_roles.oid, pg_namespace.oid, 'usage'))
-- effect: Policies that call auth.uid() fail.
grant usage on schema auth to anon, authenticated, service_role;

-- step: function auth.uid
-- unless: to_regprocedure('auth.uid()') is not null
-- effect: Policies that call it fail.
create function auth.uid() returns uuid language sql stable parallel safe
return nullif(
  coalesce(
    nullif(current_setting('request.jwt.claim.sub', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub'
  ),
  ''
)::uuid;
grant execute on function auth.uid() to public;

-- step: function auth.role
-- unless: to_regprocedure('auth.role()') is not null
-- effect: Policies that call it fail.
create function auth.role() returns text language sql stable parallel safe
return coalesce(
  nullif(current_setting('request.jwt.claim.role', true), ''),
  nullif(current_setting('request.jwt.claims', true), '')::json ->> 'role'
);
grant execute on function auth.role() to public;

-- step: function auth.email
-- unless: to_regprocedure('auth.email()') is not null
-- effect: Policies that call it fail.
create function auth.email() returns text language sql stable parallel safe
return coalesce(
  nullif(current_setting('request.jwt.claim.email', true), ''),
  nullif(current_setting('request.jwt.claims', true), '')::json ->> 'email'
);
grant execute on function auth.email() to public;

-- step: function auth.jwt
-- unless: to_regprocedure('auth.jwt()') is not null
-- effect: Policies that call it fail.
create function auth.jwt() returns jsonb language sql stable parallel safe
return coalesce(
  nullif(current_setting('request.jwt.claim', true), ''),
  nullif(current_setting('request.jwt.claims', true), '')
)::jsonb;
grant execute on function auth.jwt() to public;

-- What Plinth keeps for itself. Nobody but the owner may look into this schema.

-- step: schema plinth
-- unless: to_regnamespace('plinth') is not null
-- required
-- effect: Let the administrator of this server allow this user to create schemas in this database.
create schema plinth;

-- step: table plinth.bootstrap_steps
-- unless: to_regclass('plinth.bootstrap_steps') is not null
-- required
-- effect: Plinth cannot remember what it has set up.
create table plinth.bootstrap_steps (
  step text primary key,
  variant text not null,
  applied_at timestamptz not null default now()
);

-- step: table plinth.module_migrations
-- unless: to_regclass('plinth.module_migrations') is not null
-- required
-- effect: Plinth cannot keep its own tables.
create table plinth.module_migrations (
  module text not null,
  id text not null,
  checksum text not null,
  applied_at timestamptz not null default now(),
  primary key (module, id)
);

-- One row once it is decided whether this database gets the project's seed.
-- step: table plinth.seed_state
-- unless: to_regclass('plinth.seed_state') is not null
-- required
-- effect: Plinth cannot remember whether the seed was applied.
create table plinth.seed_state (
  only_row boolean primary key default true check (only_row),
  is_due boolean not null
);

-- Gives the schema to `wanted_owner` where we may act as that role, and else to ourselves.
-- step: procedure plinth.create_schema
-- unless: to_regprocedure('plinth.create_schema(name,name)') is not null
-- required
-- effect: Plinth cannot create schemas.
create procedure plinth.create_schema(schema_name name, wanted_owner name) language plpgsql as $$
declare
  may_act_as_owner boolean := exists (
    select from pg_catalog.pg_roles where rolname = wanted_owner and pg_catalog.pg_has_role(oid, 'usage')
  );
begin
  execute pg_catalog.format(
    'create schema %I authorization %I', schema_name, case when may_act_as_owner then wanted_owner else current_user end
  );
end $$;

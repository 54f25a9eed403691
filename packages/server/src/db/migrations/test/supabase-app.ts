/** Migrations in the manner of Supabase's apps, and the least of the module auth that they need. */
import type { ModuleInfo } from '../../../kernel/module.ts'

export const authTables: ModuleInfo = {
  name: 'auth',
  migrations: [
    {
      id: '0001_users',
      sql: `
        create table auth.users (id uuid primary key, email text, raw_user_meta_data jsonb);
        alter table auth.users enable row level security;
      `,
    },
  ],
}

export const app = `-- A first schema
create extension if not exists "uuid-ossp" with schema extensions;
create extension if not exists pgcrypto with schema "extensions";

create table public.profiles (
  id uuid references auth.users (id) on delete cascade not null primary key,
  username text unique check (char_length(username) >= 3),
  token uuid default uuid_generate_v4(),
  updated_at timestamptz default timezone('utc'::text, now()) not null
);
alter table public.profiles enable row level security;

create policy "Own profile" on public.profiles for all to authenticated
  using ((select auth.uid()) = id) with check (auth.uid() = id and auth.role() = 'authenticated');
create policy "Staff" on public.profiles for select
  using (coalesce((auth.jwt() -> 'app_metadata' ->> 'staff')::boolean, false));

create or replace function public.handle_new_user() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into public.profiles (id, username) values (new.id, new.raw_user_meta_data ->> 'username');
  return new;
end;
$$;
create trigger on_auth_user_created after insert on auth.users
  for each row execute procedure public.handle_new_user();

create function public.double_of(n int) returns int language sql immutable begin atomic select n * 2; end;

alter publication supabase_realtime add table public.profiles;

grant usage on schema public to postgres, anon, authenticated, service_role;
grant all on table public.profiles to anon, authenticated, service_role;
alter default privileges in schema public grant all on tables to postgres, anon, authenticated, service_role;
notify pgrst, 'reload config';
comment on table public.profiles is 'A semicolon; and an apostrophe''s end';
`

/** Settings with a dot in their name are a superuser's to give to a role (`grant set on parameter`). */
export const roleSetting = `alter role authenticator set pgrst.db_aggregates_enabled = 'true';`

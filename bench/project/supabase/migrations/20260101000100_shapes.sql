-- What the other REST benches read and write.

-- 1,000 rows of 10 columns.
create table public.wide (
  id bigint primary key, a text, b text, c text, d integer, e integer, f numeric, g boolean, h timestamptz, i uuid
);
alter table public.wide enable row level security;
create policy "everybody reads" on public.wide for select using (true);

-- A shop has 20 shelves, a shelf has 5 items.
create table public.shops (id bigint primary key, name text not null);
create table public.shelves (
  id bigint primary key, shop_id bigint not null references public.shops (id), name text not null
);
create table public.items (
  id bigint primary key, shelf_id bigint not null references public.shelves (id), name text not null, price numeric not null
);
create index on public.shelves (shop_id);
create index on public.items (shelf_id);

-- Where rows go in.
create table public.events (
  id bigint generated always as identity primary key,
  user_id uuid not null default auth.uid(),
  kind text not null,
  amount integer not null
);
alter table public.events enable row level security;
create policy "own events" on public.events for all to authenticated
  using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));

-- Answers of any size: `kib` rows of 1 KiB.
create function public.blob(kib integer) returns setof text
  language sql stable as $$ select repeat('x', 1021) from generate_series(1, kib) $$;

-- Ideas: a list that everybody may read, signed in or not, and nobody may change through the API.

create table public.labels (
  id text primary key check (id ~ '^[a-z]+$'),
  name text not null check (char_length(name) between 1 and 40),
  position smallint not null unique
);

comment on table public.labels is 'What ideas and todos are sorted into.';

insert into public.labels (id, name, position) values
  ('everyday', 'Everyday', 1),
  ('books', 'Books', 2),
  ('music', 'Music', 3),
  ('art', 'Art', 4),
  ('trees', 'Trees', 5),
  ('parks', 'Parks', 6),
  ('sky', 'Night sky', 7);

create table public.ideas (
  id bigint generated always as identity primary key,
  label text not null references public.labels (id),
  title text not null unique check (char_length(title) between 1 and 200),
  detail text not null check (char_length(detail) <= 200),
  -- What the search box looks at: one column, so that one filter finds titles and authors alike.
  search_text text generated always as (lower(title || ' ' || detail)) stored
);

comment on table public.ideas is 'Suggestions, the same for everybody.';

create index ideas_label_idx on public.ideas (label, id);

alter table public.labels enable row level security;
alter table public.ideas enable row level security;

create policy "Everybody reads labels" on public.labels for select to anon, authenticated using (true);
create policy "Everybody reads ideas" on public.ideas for select to anon, authenticated using (true);

-- Grants say which commands a role may try at all; policies say on which rows. Start from nothing.
revoke all on public.labels, public.ideas from anon, authenticated;
grant select on public.labels, public.ideas to anon, authenticated;
grant all on public.labels, public.ideas to service_role;

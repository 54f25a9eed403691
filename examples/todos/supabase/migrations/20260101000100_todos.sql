-- Todos: each row belongs to one user, and only that user can see or change it.

create table public.todos (
  id bigint generated always as identity primary key,
  user_id uuid not null default auth.uid() references auth.users (id) on delete cascade,
  title text not null check (char_length(btrim(title)) between 1 and 200),
  done boolean not null default false,
  due_on date,
  label text references public.labels (id),
  idea_id bigint references public.ideas (id) on delete set null,
  created_at timestamptz not null default now(),
  search_text text generated always as (lower(title)) stored,
  unique (user_id, idea_id)
);

comment on table public.todos is 'What people want to do. Row-level security keeps each to its owner.';

-- The two orders that the page offers. Every query carries the owner, because the policies add it.
create index todos_newest_idx on public.todos (user_id, created_at desc, id desc);
create index todos_due_idx on public.todos (user_id, due_on, id);
create index todos_idea_idx on public.todos (idea_id);

alter table public.todos enable row level security;

-- `(select auth.uid())` instead of `auth.uid()`: asked once for the statement, not once for each row.
create policy "Owners read their todos" on public.todos for select to authenticated
  using (user_id = (select auth.uid()));
create policy "Owners add todos" on public.todos for insert to authenticated
  with check (user_id = (select auth.uid()));
create policy "Owners change their todos" on public.todos for update to authenticated
  using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy "Owners delete their todos" on public.todos for delete to authenticated
  using (user_id = (select auth.uid()));

-- Column by column: an owner is set by the database, never by the caller.
revoke all on public.todos from anon, authenticated;
grant select, delete on public.todos to authenticated;
grant insert (title, done, due_on, label, idea_id, created_at) on public.todos to authenticated;
grant update (title, done, due_on, label) on public.todos to authenticated;
grant all on public.todos to service_role;

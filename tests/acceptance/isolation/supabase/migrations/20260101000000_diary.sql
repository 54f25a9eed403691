-- Rows that only their user may see, and functions that fail in several ways: for isolation.test.ts.
create function public.user_number(number integer) returns uuid
  language sql immutable as $$ select ('00000000-0000-4000-8000-' || lpad(number::text, 12, '0'))::uuid $$;

create table public.books (
  id integer primary key,
  user_id uuid not null default auth.uid()
);
create table public.pages (
  id bigint generated always as identity primary key,
  book_id integer references public.books (id),
  user_id uuid not null default auth.uid(),
  body text not null,
  touched integer not null default 0
);
create index on public.books (user_id);
create index on public.pages (user_id);
create index on public.pages (book_id);

insert into public.books (id, user_id) select number, public.user_number(number) from generate_series(1, 1000) as number;
insert into public.pages (book_id, user_id, body)
  select number, public.user_number(number), 'page ' || page || ' of ' || number
  from generate_series(1, 1000) as number, generate_series(1, 4) as page;

alter table public.books enable row level security;
alter table public.pages enable row level security;
create policy "own books" on public.books for all to authenticated using (user_id = auth.uid());
create policy "own pages" on public.pages for all to authenticated
  using (user_id = auth.uid()) with check (user_id = auth.uid());

create function public.who_am_i() returns jsonb language sql stable as $$
  select jsonb_build_object('role', current_user, 'uid', auth.uid(), 'seen', (select jsonb_agg(distinct user_id) from public.pages))
$$;

create function public.nap() returns void language plpgsql volatile set statement_timeout = '30ms' as $$
begin perform pg_sleep(5); end $$;

create function public.doze(seconds double precision) returns jsonb language plpgsql volatile as $$
begin perform pg_sleep(seconds); return public.who_am_i(); end $$;

create function public.fail() returns void language plpgsql volatile as $$
begin
  update public.pages set body = 'never' where user_id = auth.uid();
  raise exception 'on purpose';
end $$;

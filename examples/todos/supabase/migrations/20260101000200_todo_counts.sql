-- The figures above the list, in one round trip.

-- The caller says what day it is, because only the caller knows the time zone that he lives in.
-- It runs with the caller's rights, so row-level security decides what is counted.
create function public.todo_counts(today date default current_date)
returns table (open bigint, done bigint, overdue bigint)
language sql
stable
security invoker
set search_path = ''
as $$
  select
    count(*) filter (where not t.done),
    count(*) filter (where t.done),
    count(*) filter (where not t.done and t.due_on < today)
  from public.todos as t
$$;

comment on function public.todo_counts(date) is 'How many todos of the caller are open, done and overdue.';

revoke all on function public.todo_counts(date) from public, anon;
grant execute on function public.todo_counts(date) to authenticated, service_role;

-- 100,000 rows of the one user that the bench creates under this id.
insert into public.todos (id, user_id, title, done)
select n, '00000000-0000-4000-8000-000000000001', 'Todo number ' || n, n % 3 = 0
from generate_series(1, 100000) as n;


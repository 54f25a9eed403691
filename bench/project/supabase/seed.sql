-- 100,000 rows of the one user that the bench creates under this id.
insert into public.todos (id, user_id, title, done)
select n, '00000000-0000-4000-8000-000000000001', 'Todo number ' || n, n % 3 = 0
from generate_series(1, 100000) as n;


insert into public.wide
select n, 'text a ' || n, 'text b ' || n, 'text c ' || n, n, n * 2, n / 7.0, n % 2 = 0, now(), gen_random_uuid()
from generate_series(1, 1000) as n;

insert into public.shops select n, 'Shop ' || n from generate_series(1, 100) as n;
insert into public.shelves select n, (n - 1) / 20 + 1, 'Shelf ' || n from generate_series(1, 2000) as n;
insert into public.items select n, (n - 1) / 5 + 1, 'Item ' || n, n / 100.0 from generate_series(1, 10000) as n;

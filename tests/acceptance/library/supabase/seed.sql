insert into public.authors (id, name, born, facts) values
  (1, 'Jane Austen', 1775, '{"country": "England", "novels": 6}'),
  (2, 'Herman Melville', 1819, '{"country": "United States", "novels": 11}'),
  (3, 'Mary Shelley', 1797, '{"country": "England", "novels": 7}'),
  (4, 'Unknown', null, '{}');
insert into public.books (id, author_id, title, published, pages, tags, lent) values
  (1, 1, 'Emma', 1815, 474, '{novel,comedy}', '[1,5)'),
  (2, 1, 'Persuasion', 1817, 249, '{novel}', null),
  (3, 2, 'Moby-Dick', 1851, 635, '{novel,sea}', '[10,20)'),
  (4, 2, 'Typee', 1846, 325, '{travel,sea}', null),
  (5, 3, 'Frankenstein', 1818, 280, '{novel,gothic}', null),
  (6, 3, 'The Last Man', null, null, '{}', null);
select setval(pg_get_serial_sequence('public.authors', 'id'), 100);
select setval(pg_get_serial_sequence('public.books', 'id'), 100);

insert into directors (name, born, country) values
  ('Fritz Lang', 1890, 'Austria'), ('Charles Chaplin', 1889, 'England'), ('Akira Kurosawa', 1910, 'Japan'),
  ('Agnès Varda', 1928, 'Belgium'), ('Alice Guy', 1873, 'France');

insert into films (director_id, title, year, minutes, silent, genres, facts) values
  (1, 'Metropolis', 1927, 153, true, '{drama,science fiction}', '{"country": "Germany", "camera": ["Karl Freund", "Günther Rittau"]}'),
  (1, 'M', 1931, 111, false, '{crime,thriller}', '{"country": "Germany", "camera": ["Fritz Arno Wagner"]}'),
  (2, 'City Lights', 1931, 87, true, '{comedy,romance}', '{"country": "United States"}'),
  (2, 'Modern Times', 1936, 87, null, '{comedy}', '{"country": "United States"}'),
  (3, 'Ikiru', 1952, 143, false, '{drama}', '{"country": "Japan"}'),
  (3, 'Seven Samurai', 1954, 207, false, '{drama,adventure}', '{"country": "Japan"}'),
  (4, 'Cléo from 5 to 7', 1962, 90, false, '{drama}', '{"country": "France"}');

insert into actors (name) values
  ('Brigitte Helm'), ('Peter Lorre'), ('Charles Chaplin'), ('Paulette Goddard'), ('Takashi Shimura'), ('Toshiro Mifune'),
  ('Corinne Marchand');

insert into roles (film_id, actor_id, character) values
  (1, 1, 'Maria'), (2, 2, 'Hans Beckert'), (3, 3, 'The Tramp'), (4, 3, 'A worker'), (4, 4, 'Ellen'),
  (5, 5, 'Kanji Watanabe'), (6, 5, 'Kambei'), (6, 6, 'Kikuchiyo'), (7, 7, 'Cléo');

insert into posters (film_id, artist) values (1, 'Heinz Schulz-Neudamm');

insert into cinemas (id, name, seats) values (1, 'Odeon', 120), (2, 'Lux', 40);
insert into loans (id, film_id, from_cinema, to_cinema, days) values
  (1, 1, 1, 2, '[3,6)'), (2, 6, 2, 1, '[6,9)'), (3, 3, 1, 2, '[12,14)');

insert into members (name, invited_by) values ('Ann', null), ('Ben', 1), ('Cleo', 1);
insert into reviews (film_id, stars) values (1, 5), (6, 5), (6, 4);
insert into archive.films (id, title) values (1, 'London After Midnight');

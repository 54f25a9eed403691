/** Where a database is said to be. */
import { expect, test } from 'vitest'
import { targetOf, urlOf } from './target.ts'

test.each([
  ['postgresql://a:b@h:1/d', 'a b h 1 d'],
  ["host=h port=1 user=a password='b c' dbname=d", 'a b c h 1 d'],
  ["host = h user='it\\'s' password=p@ss:w/rd dbname=d", "it's p@ss:w/rd h 5432 d"],
  ['host=/var/run/postgresql user=a dbname=d', 'a  /var/run/postgresql 5432 d'],
])('%s', (text, expected) => {
  const { user, password, host, port, database } = targetOf(urlOf(text))
  expect([user, password, host, port, database].join(' ')).toBe(expected)
})

test('what is neither is refused by the name of its setting', () => {
  expect(() => targetOf(urlOf('h:5432'), 'PGRST_DB_URI')).toThrow('PGRST_DB_URI')
})

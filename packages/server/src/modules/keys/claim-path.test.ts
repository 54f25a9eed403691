/** Where a role is found in claims. */
import { expect, test } from 'vitest'
import { parseClaimPath } from './claim-path.ts'

const claims = {
  role: 'plain',
  'https://app/role': 'dashed',
  app: {
    'the roles': ['web_user', 'admin'],
    list: [
      { name: 'a', kind: 'x' },
      { name: 'b', kind: 'y' },
    ],
  },
}

test.each<readonly [path: string, found: unknown]>([
  ['$.role', 'plain'],
  ['.role', 'plain'],
  ["$['role']", 'plain'],
  ['$["https://app/role"]', 'dashed'],
  ['."https://app/role"', 'dashed'],
  ["$.app['the roles'][0]", 'web_user'],
  ['.app."the roles"[1]', 'admin'],
  ["$.app['the roles'][-1]", 'admin'],
  ['$.app["the roles"][?(@ == "admin")]', 'admin'],
  ['$.app["the roles"][?@ != "web_user"]', 'admin'],
  ['.app."the roles"[?(@ ^== "web")]', 'web_user'],
  ['.app."the roles"[?(@ ==^ "min")]', 'admin'],
  ['.app."the roles"[?(@ *== "dm")]', 'admin'],
  ["$.app.list[?@.kind == 'y'].name", 'b'],
  ['$.app.list[*].name', 'a'],
  ['$.app.*[1]', 'admin'],
  ['$.absent.role', undefined],
  ['$.app["the roles"][7]', undefined],
  ['$.constructor', undefined],
])('%s', (path, found) => {
  expect(parseClaimPath(path)?.(claims)).toBe(found)
})

test.each(['role', '$role', '$.', '$.a[', '$.a[?(@ > 1)]', '..role'])('%s is no path', (path) => {
  expect(parseClaimPath(path)).toBeUndefined()
})

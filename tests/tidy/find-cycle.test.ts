/** The walls must be able to fall: a planted cycle is found. */
import { expect, test } from 'vitest'
import { findCycle } from './find-cycle.ts'
import { importsOf } from './source-files.ts'

test('a cycle is found wherever the walk begins', () => {
  const graph = new Map([
    ['a', ['b']],
    ['b', ['c', 'd']],
    ['c', []],
    ['d', ['b']],
  ])
  expect(findCycle(graph)).toEqual(['b', 'd', 'b'])
})

test('two ways to one file are no cycle', () => {
  const graph = new Map([
    ['a', ['b', 'c']],
    ['b', ['d']],
    ['c', ['d']],
  ])
  expect(findCycle(graph)).toBeUndefined()
})

test('imports are seen in all their forms', () => {
  const text = [
    `import { a } from './a.ts'`,
    `import type { b } from '../b.ts'`,
    `export {\n  c,\n  type D,\n} from './c.ts'`,
    `import './d.ts'`,
    `const e = await import('./e.ts')`,
    `import { f } from '@plinth/protocol'`,
    `import { g } from 'node:fs'`,
  ].join('\n')
  const found = importsOf({ path: 'packages/server/src/kernel/x.ts', text })
  expect(found.map(({ to, isTypeOnly }) => `${isTypeOnly ? 'type ' : ''}${to}`)).toEqual([
    'packages/server/src/kernel/a.ts',
    'type packages/server/src/b.ts',
    'packages/server/src/kernel/c.ts',
    'packages/server/src/kernel/d.ts',
    'packages/server/src/kernel/e.ts',
    'packages/protocol/src/index.ts',
  ])
})

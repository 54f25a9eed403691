/** Tells processes apart that had the same pid. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseStartTime, startToken } from './start-token.ts'

test('stays the same for one process, and differs for another', async () => {
  const own = await startToken(process.pid)
  expect(own).toMatch(/\d/)
  expect(await startToken(process.pid)).toBe(own)
  expect(await startToken(process.ppid)).not.toBe(own)
})

test('is undefined once the process is gone', async () => {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
  await once(child, 'exit')
  expect(await startToken(child.pid ?? 0)).toBeUndefined()
})

test('reads the start time whatever the program is called', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(), (name, started) => {
      const rest = `S ${'0 '.repeat(18)}${started} 0 0`
      expect(parseStartTime(`7 (${name}) ${rest}`)).toBe(String(started))
    }),
  )
})

test.each(['Z', 'X'])('a process in state %s counts as gone', (state) => {
  expect(parseStartTime(`7 (node) ${state} ${'0 '.repeat(18)}42 0`)).toBeUndefined()
})

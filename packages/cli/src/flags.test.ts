/** Reading arguments by the flag table. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CommandError } from './command-error.ts'
import { readFlags, type FlagRow } from './flags.ts'

const row = { group: '', help: '', expected: 'a number', shownDefault: undefined, env: '' }
const rows: FlagRow[] = [
  { ...row, flag: 'port', isSwitch: false },
  { ...row, flag: 'json', isSwitch: true },
  { ...row, flag: 'output', isSwitch: false },
]
const read = (args: readonly string[]) => readFlags(args, rows, () => Promise.resolve('--port'))

test.each([
  [[], {}],
  [['--port', '5', '--json'], { port: '5', json: 'true' }],
  [['--port=5', '--json=false'], { port: '5', json: 'false' }],
  [['--port=a=b'], { port: 'a=b' }],
  [['--port='], { port: '' }],
  [['--port', '-1'], { port: '-1' }],
  [['-o', 'env'], { output: 'env' }],
  [['--port', '1', '--port', '2'], { port: '2' }],
])('%j is read', async (args, flags) => {
  expect(await read(args)).toEqual(flags)
})

test.each([
  [['--prot', '5'], 'unknown flag --prot: did you mean --port?'],
  [['--prot=5'], 'unknown flag --prot: did you mean --port?'],
  [['-x'], 'unknown flag -x: did you mean --port?'],
  [['5'], 'unexpected argument "5"'],
  [['--port'], '--port needs a value: a number'],
  [['--port', '--json'], '--port needs a value: a number'],
])('%j is refused', async (args, message) => {
  await expect(read(args)).rejects.toMatchObject({ message, exit: 'usage' })
})

test('whatever the arguments are, they are read or refused', async () => {
  const argument = fc.oneof(
    fc.string(),
    fc.constantFrom('--port', '--json', '-o', '--', '-', '--=', '--port=1'),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(argument), async (args) => {
      const outcome = await read(args).catch((error: unknown) => error)
      expect(outcome instanceof CommandError || Object.getPrototypeOf(outcome) === Object.prototype).toBe(
        true,
      )
    }),
  )
})

/** The command line through its front door: what is printed where, and the exit code. */
import { expect, test } from 'vitest'
import { commandTable } from './command-table.ts'
import { main } from './main.ts'
import { testTerminal } from './test/test-terminal.ts'

async function run(args: readonly string[], options = {}) {
  const terminal = testTerminal(options)
  const code = await main(args, terminal)
  return { code, output: terminal.output(), errors: terminal.errors() }
}

test.each([[[]], [['help']], [['--help']], [['-h']]])('%j prints the general help', async (args) => {
  const { code, output, errors } = await run(args)
  expect({ code, errors }).toEqual({ code: 0, errors: '' })
  for (const { name, summary } of commandTable) expect(output).toMatch(new RegExp(`${name} +${summary}`))
})

test.each([
  [
    'start',
    ['--port', '--project', '--json', '--quiet', '--show-secrets', '--data-dir', '--only', '--demo-keys'],
  ],
  ['stop', ['--data-dir', '--project']],
  ['status', ['--data-dir', '--project', '--json', '-o, --output']],
])('the help of %s lists its flags', async (command, flags) => {
  const { code, output } = await run([command, '--help'])
  expect(code).toBe(0)
  for (const flag of flags) expect(output).toContain(`\n  ${flag}`)
  expect((await run(['help', command])).output).toBe(output)
  expect((await run([command, '--json', '-h'])).output).toBe(output)
})

test.each([60, 80, 100])('no line of the help is wider than %i columns', async (columns) => {
  for (const { name } of commandTable) {
    const { output } = await run([name, '--help'], { columns })
    expect(output.split('\n').filter((line) => line.length > columns)).toEqual([])
  }
})

test.each([['--version'], ['-V']])('%s prints the version alone', async (flag) => {
  expect(await run([flag])).toMatchObject({ code: 0, output: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
})

test.each([
  [['strat'], 'error: there is no command "strat": did you mean "plinth start"?\nSee "plinth --help".\n'],
  [['frobnicate'], 'error: there is no command "frobnicate"\nSee "plinth --help".\n'],
  [
    ['start', '--prot', '1'],
    'error: unknown flag --prot: did you mean --port?\nSee "plinth start --help".\n',
  ],
  [['status', '--port', '1'], 'error: unknown flag --port\nSee "plinth status --help".\n'],
])('%j is refused with exit code 2', async (args, errors) => {
  expect(await run(args)).toEqual({ code: 2, output: '', errors })
})

test('a bad value is refused with exit code 3, before anything starts', async () => {
  expect(await run(['start', '--json=perhaps'])).toEqual({
    code: 3,
    output: '',
    errors: 'error: --json cannot be "perhaps": it takes true or false\n',
  })
})

test('status without a server ends with 1 and says where it looked', async () => {
  const { code, output, errors } = await run(['status', '--json', '--data-dir', '/nowhere/at/all'])
  expect({ code, output }).toEqual({ code: 1, output: '' })
  expect(errors).toBe('error: no Plinth runs on /nowhere/at/all\nStart one with "plinth start".\n')
})

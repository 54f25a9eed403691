/** `npm run check`: format, lint, types, dead code, tidiness and the tests that need nothing, two at a time. */
import { spawn } from 'node:child_process'
import { delimiter, join } from 'node:path'

const root = join(import.meta.dirname, '..')
const bin = join(root, 'node_modules/.bin')

/** The longest first, so that the short ones fill the other core. */
const steps: Readonly<Record<string, readonly string[]>> = {
  tests: [
    'vitest',
    'run',
    '--configLoader',
    'native',
    '--project',
    'pure',
    '--project',
    'tidy',
    '--reporter',
    'dot',
  ],
  types: ['tsc', '-p', '.'],
  'built types': ['tsc', '-p', 'tools/tsconfig.build.json', '--noEmit'],
  lint: ['oxlint', '--type-aware', '.'],
  'dead code': ['knip'],
  format: ['oxfmt', '--check', '.'],
}
const stepsAtOnce = 2

interface Outcome {
  readonly name: string
  readonly code: number | null
  readonly output: string
  readonly durationMs: number
}

async function runStep(name: string, [tool = '', ...args]: readonly string[]): Promise<Outcome> {
  const startedAt = performance.now()
  const child = spawn(join(bin, tool), args, {
    cwd: root,
    // The tools' own `#!/usr/bin/env node` must find the Node that npm installed.
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (output += String(part)))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  return { name, code, output, durationMs: performance.now() - startedAt }
}

function report({ name, code, output, durationMs }: Outcome): void {
  console.log(
    `${code === 0 ? 'ok    ' : 'FAILED'}  ${name.padEnd(12)}${(durationMs / 1000).toFixed(1).padStart(6)} s`,
  )
  if (code !== 0) console.log(output)
}

async function worker(queue: (readonly [string, readonly string[]])[], outcomes: Outcome[]): Promise<void> {
  for (let step = queue.shift(); step !== undefined; step = queue.shift()) {
    const outcome = await runStep(...step)
    report(outcome)
    outcomes.push(outcome)
  }
}

const startedAt = performance.now()
const queue = Object.entries(steps)
const outcomes: Outcome[] = []
await Promise.all(Array.from({ length: stepsAtOnce }, () => worker(queue, outcomes)))
const failed = outcomes.filter(({ code }) => code !== 0)
console.log(
  `${failed.length === 0 ? 'all well' : `${failed.length} failed`} after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`,
)
process.exitCode = failed.length === 0 ? 0 : 1

/** `npm run bench -- NAME`: runs one bench, prints its figures, and keeps them under bench/results/. */
import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { benchRest } from './rest.ts'
import { benchStart } from './start.ts'

/** A figure, its unit, and what it should be at least or at most. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly atLeast?: number
  readonly atMost?: number
}

export interface Bench {
  readonly summary: string
  run(): Promise<readonly Figure[]>
}

const benches: Readonly<Record<string, Bench>> = { rest: benchRest, start: benchStart }

const [name = '--help'] = process.argv.slice(2)
const bench = benches[name]
if (bench === undefined) {
  console.log('npm run bench -- NAME\n')
  for (const [key, { summary }] of Object.entries(benches)) console.log(`  ${key.padEnd(8)}${summary}`)
  process.exit(name === '--help' ? 0 : 2)
}

const figures = await bench.run()
for (const figure of figures) console.log(line(figure))
await keep(name, figures)

function line({ name: label, value, unit, atLeast, atMost }: Figure): string {
  const shown = value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2)
  const isMet = value >= (atLeast ?? -Infinity) && value <= (atMost ?? Infinity)
  const bound = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`
  const verdict =
    atLeast === undefined && atMost === undefined ? '' : `${isMet ? 'met' : 'MISSED'} (${bound})`
  return `${label.padEnd(44)} ${shown.padStart(9)} ${unit.padEnd(6)} ${verdict}`.trimEnd()
}

async function keep(benchName: string, kept: readonly Figure[]): Promise<void> {
  const folder = new URL('results/', import.meta.url)
  await mkdir(folder, { recursive: true })
  const at = new Date().toISOString()
  const machine = {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memoryBytes: totalmem(),
    node: process.version,
  }
  const record = { bench: benchName, at, commit: commit(), machine, figures: kept }
  const file = new URL(`${at.slice(0, 19).replaceAll(':', '')}-${benchName}.json`, folder)
  await writeFile(file, `${JSON.stringify(record, null, 2)}\n`)
}

function commit(): string {
  const options = { encoding: 'utf8' } as const
  const head = execFileSync('git', ['rev-parse', '--short', 'HEAD'], options).trim()
  const isChanged = execFileSync('git', ['status', '--porcelain', '--', 'packages'], options) !== ''
  return isChanged ? `${head}+changes` : head
}

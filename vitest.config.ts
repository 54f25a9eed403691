/** Test projects by what they need. `npm run check` runs `pure` and `tidy`; `npm test` runs all. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

interface Kind {
  readonly name: string
  readonly include: readonly string[]
  readonly exclude?: readonly string[]
  readonly timeoutSeconds: number
  /** Kinds run one after the other, in this order. */
  readonly order: number
  readonly workersMax: number
}

/** A PostgreSQL, a server or a browser takes a core of its own: more of them at once are slower, not faster. */
const kinds: readonly Kind[] = [
  {
    name: 'pure',
    include: ['packages/**/*.test.ts', 'tools/**/*.test.ts', 'examples/**/*.test.ts'],
    exclude: ['**/*.pg.test.ts', '**/*.browser.test.ts'],
    timeoutSeconds: 10,
    order: 0,
    workersMax: 2,
  },
  { name: 'tidy', include: ['tests/tidy/**/*.test.ts'], timeoutSeconds: 20, order: 0, workersMax: 2 },
  { name: 'pg', include: ['**/*.pg.test.ts'], timeoutSeconds: 60, order: 1, workersMax: 2 },
  {
    name: 'acceptance',
    include: ['tests/{acceptance,conformance,oracle}/**/*.test.ts'],
    exclude: ['**/*.pg.test.ts'],
    timeoutSeconds: 60,
    order: 2,
    workersMax: 2,
  },
  { name: 'process', include: ['tests/process/**/*.test.ts'], timeoutSeconds: 240, order: 3, workersMax: 1 },
  {
    name: 'browser',
    include: ['tests/browser/**/*.browser.test.ts'],
    timeoutSeconds: 180,
    order: 4,
    workersMax: 1,
  },
]

const skippedFolders = ['**/node_modules/**', '**/dist/**', '**/.plinth/**']

export default defineConfig({
  // The checkout may belong to someone else than who runs the tests.
  cacheDir: join(tmpdir(), `plinth-vitest-${process.getuid?.() ?? 0}`),
  test: {
    projects: kinds.map((kind) => ({
      extends: true as const,
      test: {
        name: kind.name,
        include: [...kind.include],
        exclude: [...skippedFolders, ...(kind.exclude ?? [])],
        testTimeout: kind.timeoutSeconds * 1000,
        hookTimeout: kind.timeoutSeconds * 1000,
        maxWorkers: kind.workersMax,
        sequence: { groupOrder: kind.order },
      },
    })),
  },
})

/**
 * Builds what is published: JavaScript and types of all packages under dist/, in the same layout as packages/. Runs
 * before `npm pack`, because Node strips no types below node_modules.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

const root = join(import.meta.dirname, '..')
const packages = join(root, 'packages')
const dist = join(root, 'dist')

function compile(): void {
  const tsc = join(root, 'node_modules/.bin/tsc')
  // Complaints go to standard error: the standard output belongs to `npm pack --json`.
  const { status } = spawnSync(tsc, ['-p', join(import.meta.dirname, 'tsconfig.build.json')], {
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) throw new Error('tsc failed')
}

/** What the code reads at run time and tsc does not emit, such as migrations. */
function copyAssets(): void {
  const files = globSync('*/src/**/*.*', { cwd: packages })
  for (const file of files.filter((path) => !/\.(ts|md)$|\/test\//.test(path))) {
    cpSync(join(packages, file), join(dist, file))
  }
}

/**
 * Between our packages imports go by workspace name, which an installed package has not got: they become relative
 * paths. In types the `.ts` of relative imports stays as written, so it is replaced here too.
 */
function rewriteImports(): void {
  for (const file of globSync('**/*.{js,d.ts}', { cwd: dist })) {
    const path = join(dist, file)
    const text = readFileSync(path, 'utf8')
    const rewritten = text
      .replaceAll(/(['"])@plinth\/([a-z-]+)\1/g, (_, quote: string, name: string) => {
        const target = relative(dirname(path), join(dist, name, 'src/index.js'))
        return `${quote}${target.startsWith('.') ? target : `./${target}`}${quote}`
      })
      .replaceAll(/((?:from|import\()\s*['"]\.{1,2}\/[^'"]*)\.ts(?=['"])/g, '$1.js')
    if (rewritten !== text) writeFileSync(path, rewritten)
  }
}

rmSync(dist, { recursive: true, force: true })
compile()
copyAssets()
rewriteImports()

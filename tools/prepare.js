/**
 * Runs at the end of `npm install` in a checkout: builds the pages of the examples. Plain JavaScript, because it also
 * runs where the Node that reads TypeScript is not installed (`npm install --omit=dev`): it does nothing there.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const vite = join(root, 'node_modules/.bin/vite')
const examples = join(root, 'examples')

const folders = existsSync(vite) && existsSync(examples) ? readdirSync(examples) : []
for (const name of folders) {
  const folder = join(examples, name)
  if (!existsSync(join(folder, 'index.html'))) continue
  const { status, stdout, stderr } = spawnSync(vite, ['build', '--logLevel', 'warn'], {
    cwd: folder,
    encoding: 'utf8',
  })
  // An example that does not build must not keep anyone from installing; the tests will tell.
  if (status !== 0) console.error(`examples/${name} could not be built:\n${stdout}${stderr}`)
}

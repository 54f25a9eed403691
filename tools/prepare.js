/**
 * Runs at the end of `npm install` in a checkout: builds the pages of the examples, and has Node compile the server once,
 * so that the first start is as quick as the next. Plain JavaScript, because it also runs where the Node that reads
 * TypeScript is not installed (`npm install --omit=dev`): it does nothing there.
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

const node = join(root, 'node_modules/.bin/node')
if (existsSync(node)) {
  const compile =
    "import('@plinth/server').then(() => import('node:module')).then((module) => module.flushCompileCache())"
  const NODE_COMPILE_CACHE = join(root, 'node_modules/.cache/plinth')
  spawnSync(node, ['--eval', compile], { cwd: root, env: { ...process.env, NODE_COMPILE_CACHE } })
}

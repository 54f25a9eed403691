/** The README's example, taken from its text and run: the migration, then the program. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { startServer } from '../start-server.ts'

const root = path.join(import.meta.dirname, '../..')

async function example(language: string): Promise<string> {
  const readme = await readFile(path.join(root, 'README.md'), 'utf8')
  const found = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(readme)?.[1]
  if (found === undefined) throw new Error(`README.md has no example in ${language}`)
  return found
}

test('the example of the README runs as it stands', async () => {
  // Below the repository, so that the program finds supabase-js as an app of one's own would.
  await mkdir(path.join(root, '.tmp'), { recursive: true })
  const project = await mkdtemp(path.join(root, '.tmp/readme-'))
  const migrations = path.join(project, 'supabase/migrations')
  await mkdir(migrations, { recursive: true })
  const migration = await example('sql')
  const file = /^-- supabase\/migrations\/(\S+)\n/.exec(migration)?.[1] ?? ''
  await writeFile(path.join(migrations, file), migration)
  const server = await startServer({ project })
  try {
    const program = (await example('js'))
      .replace('http://127.0.0.1:54321', server.apiUrl)
      .replace('ANON_KEY', JSON.stringify(server.anonKey))
    const script = path.join(project, 'app.mjs')
    await writeFile(script, `${program}\nconsole.log(JSON.stringify(data))\nprocess.exit()\n`)
    const { stdout } = await promisify(execFile)(process.execPath, [script])
    expect(JSON.parse(stdout)).toEqual([{ id: 1, body: 'Only Ann sees this' }])
  } finally {
    await server.stop()
    await rm(project, { recursive: true, force: true })
  }
})

/** The snippets of docs/guides/auth.md, taken from its text and run in their order. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { startServer } from '../start-server.ts'

const root = path.join(import.meta.dirname, '../..')

/** The first two snippets are for all that follow; each of those stands alone. */
async function program(): Promise<string> {
  const guide = await readFile(path.join(root, 'docs/guides/auth.md'), 'utf8')
  const snippets = [...guide.matchAll(/```js\n([^]*?)```/g)].map(([, code = '']) => code)
  expect(snippets.length).toBeGreaterThan(7)
  const [setup = '', inbox = '', ...parts] = snippets
  return [setup, inbox, ...parts.map((part) => `{\n${part}}\n`), 'process.exit()'].join('\n')
}

test('the snippets run as they stand', async () => {
  // Below the repository, so that the program finds supabase-js as an app of one's own would.
  await mkdir(path.join(root, '.tmp'), { recursive: true })
  const folder = await mkdtemp(path.join(root, '.tmp/guide-'))
  const server = await startServer()
  try {
    const script = path.join(folder, 'guide.mjs')
    const text = (await program())
      .replaceAll('http://127.0.0.1:54321', server.apiUrl)
      .replaceAll('SERVICE_ROLE_KEY', server.serviceRoleKey)
      .replaceAll('ANON_KEY', server.anonKey)
    await writeFile(script, text)
    const { stdout } = await promisify(execFile)(process.execPath, [script])
    const lines = stdout.trim().split('\n')
    expect(lines.slice(0, 6)).toEqual([
      'Ann',
      'bob@example.com',
      'cid@example.com',
      'changed',
      'ann@example.org',
      'You have been invited',
    ])
    expect(lines[6]).toMatch(
      /^http:\/\/127\.0\.0\.1:\d+\/auth\/v1\/verify\?token=[\da-f]{56}&type=magiclink&/,
    )
  } finally {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
})

/** The published form: packed, installed by a stranger, started with npx, used through the unmodified client. */
import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { createClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { install, pack, strangersEnv } from './pack-folder.ts'

const run = promisify(execFile)

let folder: string
let project: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plinth-pack-'))
  project = await install(await pack(folder), folder)
  mkdirSync(join(project, 'supabase/migrations'), { recursive: true })
  writeFileSync(
    join(project, 'supabase/migrations/20260101000000_notes.sql'),
    `create table notes (id bigint generated always as identity primary key, owner uuid not null default auth.uid(), body text not null);
     alter table notes enable row level security;
     create policy own on notes for all to authenticated using (owner = auth.uid()) with check (owner = auth.uid());`,
  )
})

afterAll(async () => {
  if (existsSync(join(project ?? '', '.plinth'))) await plinth('stop').catch(() => undefined)
  rmSync(folder, { recursive: true, force: true })
})

async function plinth(...args: readonly string[]): Promise<string> {
  const { stdout } = await run('npx', ['plinth', ...args], { cwd: project, env: strangersEnv(folder) })
  return stdout
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

test('the package holds built files only, and the installed one needs no compiler', () => {
  const installed = join(project, 'node_modules/plinth')
  expect(existsSync(join(installed, 'dist/server/src/index.js'))).toBe(true)
  expect(existsSync(join(installed, 'dist/server/src/index.d.ts'))).toBe(true)
  expect(existsSync(join(installed, 'LICENSE'))).toBe(true)
  expect(existsSync(join(installed, 'packages'))).toBe(false)
  expect(existsSync(join(project, 'node_modules/typescript'))).toBe(false)
})

test('npx plinth start serves a backend, which status describes and stop ends', async () => {
  const ports = ['--port', String(await freePort()), '--db-port', String(await freePort())]
  const server = spawn('npx', ['plinth', 'start', '--json', ...ports], {
    cwd: project,
    env: strangersEnv(folder),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise((resolve) => server.on('close', resolve))
  const lines: string[] = []
  const reader = createInterface(server.stdout)
  reader.on('line', (line) => lines.push(line))
  await Promise.race([new Promise((resolve) => reader.once('line', resolve)), ended])
  expect(lines).toHaveLength(1)
  const status = JSON.parse(lines[0] ?? '')
  expect(JSON.parse(await plinth('status', '--json'))).toEqual(status)
  expect(await plinth('status', '-o', 'env')).toContain(`ANON_KEY="${status.anon_key}"\n`)

  const client = createClient(status.api_url, status.anon_key)
  const signedUp = await client.auth.signUp({ email: 'ann@example.com', password: 'correct horse' })
  expect(signedUp.error).toBeNull()
  expect((await client.from('notes').insert({ body: 'hello' })).error).toBeNull()
  expect((await client.from('notes').select('body, owner')).data).toEqual([
    { body: 'hello', owner: signedUp.data.user?.id },
  ])
  const stranger = createClient(status.api_url, status.anon_key)
  expect((await stranger.from('notes').select('body')).data).toEqual([])

  expect(await plinth('stop')).toMatch(/^Stopped Plinth \(pid \d+\)/)
  expect(await ended).toBe(0)
  expect(lines).toHaveLength(1)
  await expect(plinth('status')).rejects.toMatchObject({ code: 1 })
})

test('npx finds the command in a checkout too', async () => {
  // The copy: npx makes the command executable, which only the owner may.
  const { stdout } = await run('npx', ['--offline', 'plinth', '--version'], {
    cwd: join(folder, 'checkout'),
    env: strangersEnv(folder),
  })
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})

test('types of the published package hold without its sources', async () => {
  const root = join(import.meta.dirname, '../..')
  writeFileSync(
    join(project, 'use.ts'),
    `import { start, type Status } from 'plinth'\nexport const run = async (): Promise<Status> => (await start({ flags: {}, env: {}, cwd: '.' })).status\n`,
  )
  const options = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2023',
    '--skipLibCheck',
    'false',
  ]
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
  const { stdout } = await run(join(root, 'node_modules/.bin/tsc'), [...options, ...types, 'use.ts'], {
    cwd: project,
  })
  expect(stdout).toBe('')
})

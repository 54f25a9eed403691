/** Reading config.toml from a project folder: values, variables, and what is said about keys. */
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { describe as describeObservation, type Observe } from '../../kernel/observe.ts'
import { projectFolder } from '../../kernel/project-folder.ts'
import { integer, readSettings, text } from '../../kernel/settings.ts'
import { readConfigFile } from './index.ts'

const spec = {
  port: integer({ env: 'P', toml: 'api.port', min: 1, max: 9, default: 3, help: '' }),
  secret: text({ env: 'S', toml: 'auth.jwt_secret', default: undefined, secret: true, help: '' }),
}

let project: string
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'plinth-config-'))
})
afterEach(() => rmSync(project, { recursive: true }))

function write(path: string, contents: string): void {
  mkdirSync(dirname(join(project, path)), { recursive: true })
  writeFileSync(join(project, path), contents)
}

async function read(env: Record<string, string> = {}): Promise<{ values: object; said: string[] }> {
  const file = await readConfigFile({ project: '.', cwd: project, env, settings: Object.values(spec) })
  const said: string[] = []
  const observe: Observe = (kind, detail) => {
    const row = describeObservation(kind, detail)
    said.push(`${row.level}: ${row.text()}`)
  }
  file.report(observe)
  return { values: readSettings(spec, { flags: {}, env: {}, toml: file.values }), said }
}

test('a project without config.toml has no values and nothing to say', async () => {
  expect(await read()).toEqual({ values: { port: 3, secret: undefined }, said: [] })
})

test('supabase/ goes before plinth/, and plinth/ works where it is alone', async () => {
  write('plinth/config.toml', '[api]\nport = 4')
  expect((await read()).values).toMatchObject({ port: 4 })
  write('supabase/config.toml', '[api]\nport = 5')
  expect((await read()).values).toMatchObject({ port: 5 })
  expect(await projectFolder(project)).toBe(join(project, 'supabase'))
})

test('a project folder that is not there is refused', async () => {
  await expect(projectFolder(join(project, 'nowhere'))).rejects.toMatchObject({ code: 'project_missing' })
})

test('unknown keys are named with file, line and the nearest name', async () => {
  write(
    'supabase/config.toml',
    '[api]\nport = 4\nprot = 5\n\n[auth.emial]\nenable_signup = true\n\n[auth.external.goggle]\nenabled = true\n\n[nonsense]\n',
  )
  expect((await read()).said).toEqual([
    'warn: supabase/config.toml:3: unknown key api.prot: did you mean api.port?',
    'warn: supabase/config.toml:6: unknown key auth.emial.enable_signup: did you mean auth.email.enable_signup?',
    'warn: supabase/config.toml:9: unknown key auth.external.goggle.enabled: did you mean auth.external.google.enabled?',
    'warn: supabase/config.toml:11: unknown key nonsense',
  ])
})

test('keys that only Supabase uses are listed once, quietly, whatever users name their parts', async () => {
  write(
    'supabase/config.toml',
    '\uFEFFproject_id = "x"\r\n[functions.hello]\r\nverify_jwt = false\r\n[functions.hello.env]\r\nANY = "1"\r\n[remotes.prod.api]\r\nport = 7\r\n',
  )
  expect((await read()).said).toEqual([
    'debug: supabase/config.toml: not used by Plinth yet: project_id, functions.hello.verify_jwt, functions.hello.env.ANY, remotes.prod.api.port',
  ])
})

test('env(NAME) takes the environment, then supabase/.env.local, supabase/.env and the project’s own', async () => {
  write('supabase/config.toml', '[auth]\njwt_secret = "env(SECRET)"\n[api]\nport = "env(PORT)"')
  write('.env', 'SECRET=four\nPORT=6')
  expect((await read()).values).toEqual({ secret: 'four', port: 6 })
  write('supabase/.env', 'SECRET="three"')
  expect((await read()).values).toMatchObject({ secret: 'three' })
  write('supabase/.env.local', 'SECRET=two')
  expect((await read()).values).toMatchObject({ secret: 'two' })
  expect((await read({ SECRET: 'one' })).values).toMatchObject({ secret: 'one' })
})

test('a variable that is not set leaves its key out, and only keys that we use are mentioned', async () => {
  write(
    'supabase/config.toml',
    '[auth]\njwt_secret = "env(SECRET)"\n[studio]\nopenai_api_key = "env(OPENAI)"',
  )
  const { values, said } = await read()
  expect(values).toMatchObject({ secret: undefined })
  expect(said).toEqual([
    'debug: supabase/config.toml: not used by Plinth yet: studio.openai_api_key',
    'warn: supabase/config.toml:2: auth.jwt_secret is left out: the variable SECRET is not set',
  ])
})

test('a file that is not TOML is refused with its line', async () => {
  write('supabase/config.toml', '[api]\nport = 4\nport = 5\n')
  await expect(read()).rejects.toMatchObject({
    code: 'config_unreadable',
    detail: { file: 'supabase/config.toml', line: 3 },
  })
})

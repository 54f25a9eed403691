/** The database as modules get it, on a real server. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startThrowawayServer, type ThrowawayServer } from '../../test/throwaway-server.ts'
import { boot, type App } from '../kernel/boot.ts'
import { assert } from '../kernel/failure.ts'
import type { Db } from './index.ts'
import { dbModule } from './module.ts'

let server: ThrowawayServer
let app: App
let db: Db
const project = mkdtempSync(join(tmpdir(), 'plinth-db-'))

beforeAll(async () => {
  server = await startThrowawayServer(18)
  const env = {
    DATABASE_URL: `postgresql://postgres@127.0.0.1:${server.port}/postgres`,
    PLINTH_PROJECT: project,
  }
  app = await boot([dbModule], {
    sources: { env, flags: {}, toml: {} },
    observe: () => undefined,
    dataFolder: { path: project, secret: async (_name, create) => create() },
  })
  const api = app.apis.get('db')
  assert(api !== undefined, 'the module db has started')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- by its token's name
  db = api as Db
})
afterAll(async () => {
  await app.close()
  await server.stop()
  rmSync(project, { recursive: true, force: true })
})

test('statements follow the schema when it says that it has changed', async () => {
  const outside = await server.client()
  await outside.query('create table public.things as select 1 as id')
  const find = async (id: string) => {
    const statement = { text: 'select id from public.things where id = $1', values: [id] }
    const [rows] = await db.requests.run({ statements: [statement] })
    return rows?.text(0, 0) ?? null
  }
  expect(await find('1')).toBe('1')
  await outside.query('alter table public.things alter id type text')
  await expect.poll(async () => find('x').catch(String)).toBe(null)
  expect(await find('1')).toBe('1')
})

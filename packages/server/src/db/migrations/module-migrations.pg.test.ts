/** Migrations of modules against a real server: order, once only, failures, several nodes. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startThrowawayServer, type ThrowawayServer } from '../../../test/throwaway-server.ts'
import type { ModuleInfo } from '../../kernel/module.ts'
import type { Observe } from '../../kernel/observe.ts'
import { bootstrap } from '../bootstrap/bootstrap.ts'
import type { SessionPool } from '../index.ts'
import { applyModuleMigrations } from './module-migrations.ts'

const ignore: Observe = () => undefined
let server: ThrowawayServer
let count = 0

beforeAll(async () => {
  server = await startThrowawayServer(18)
  await server.pool().connected(20)
})
afterAll(async () => server.stop())

async function query(pool: SessionPool, text: string): Promise<Record<string, unknown>[]> {
  const [rows] = await pool.run({ statements: [{ text, values: [] }] })
  return rows?.objects() ?? []
}

/** A database with what the bootstrap sets up. */
async function freshDatabase(): Promise<string> {
  const database = `modules_${++count}`
  await query(server.pool(), `create database ${database}`)
  await bootstrap(server.pool({ database }), {
    observe: ignore,
    authenticatorPassword: undefined,
    exposeNewTables: true,
  })
  return database
}

const files: ModuleInfo = {
  name: 'files',
  migrations: [
    { id: '0002_more', sql: 'alter table storage.files add column size bigint;' },
    {
      id: '0001_files',
      sql: '-- The files.\ncreate table storage.files (id int);\ninsert into storage.files values (1);',
    },
  ],
}
const mail: ModuleInfo = {
  name: 'mail',
  migrations: [{ id: '0001_mail', sql: 'create view plinth.mail as select size from storage.files;' }],
}

test('applies what is missing, in the order of modules and ids, and nothing twice', async () => {
  const owner = server.pool({ database: await freshDatabase() })
  const applied: string[] = []
  const observe: Observe = (_kind, detail) => {
    if ('module' in detail && 'id' in detail) applied.push(`${detail.module}/${detail.id}`)
  }
  await applyModuleMigrations(owner, [files], observe)
  expect(applied).toEqual(['files/0001_files', 'files/0002_more'])
  await applyModuleMigrations(owner, [files, mail], observe)
  expect(applied).toEqual(['files/0001_files', 'files/0002_more', 'mail/0001_mail'])
  expect(
    await query(
      owner,
      'select module, id, length(checksum) as n from plinth.module_migrations order by 1, 2',
    ),
  ).toEqual([
    { module: 'files', id: '0001_files', n: 64 },
    { module: 'files', id: '0002_more', n: 64 },
    { module: 'mail', id: '0001_mail', n: 64 },
  ])
})

test('nodes that start at once apply each migration once', async () => {
  const database = await freshDatabase()
  const slow: ModuleInfo = {
    name: 'slow',
    migrations: Array.from({ length: 5 }, (_, index) => ({
      id: `000${index}`,
      sql: `create table plinth.slow_${index} (id int); select pg_sleep(0.05);`,
    })),
  }
  const nodes = Array.from({ length: 4 }, () => server.pool({ database }))
  let applications = 0
  const observe: Observe = () => applications++
  await Promise.all(nodes.map(async (node) => applyModuleMigrations(node, [slow], observe)))
  expect(applications).toBe(5)
})

test('an edited migration is refused before anything is applied', async () => {
  const owner = server.pool({ database: await freshDatabase() })
  await applyModuleMigrations(owner, [files], ignore)
  const edited = {
    name: 'files',
    migrations: files.migrations.map(({ id, sql }) => ({ id, sql: `${sql} ` })),
  }
  await expect(applyModuleMigrations(owner, [mail, edited], ignore)).rejects.toMatchObject({
    code: 'migration_changed',
    detail: { module: 'files', id: '0001_files' },
  })
  expect(await query(owner, `select to_regclass('plinth.mail')::text as it`)).toEqual([{ it: null }])
})

test('a failing migration is named and undone; those before it stay', async () => {
  const owner = server.pool({ database: await freshDatabase() })
  const broken: ModuleInfo = {
    name: 'broken',
    migrations: [
      { id: '0001', sql: 'create table plinth.kept (id int)' },
      {
        id: '0002',
        sql: 'create table plinth.undone (id int);\n\n-- next\nselect\n  nope\nfrom plinth.kept;',
      },
      { id: '0003', sql: 'create table plinth.never (id int)' },
    ],
  }
  await expect(applyModuleMigrations(owner, [broken], ignore)).rejects.toMatchObject({
    code: 'migration_failed',
    detail: { file: 'broken/0002', line: 5, statement: 'select nope from plinth.kept', sqlstate: '42703' },
  })
  const tables = `select relname from pg_class where relname in ('kept', 'undone', 'never')`
  expect(await query(owner, tables)).toEqual([{ relname: 'kept' }])
})

test('names need their schema, whatever the search_path of the database is', async () => {
  const owner = server.pool({ database: await freshDatabase() })
  const careless = { name: 'careless', migrations: [{ id: '0001', sql: 'create table t (id int)' }] }
  await expect(applyModuleMigrations(owner, [careless], ignore)).rejects.toMatchObject({
    detail: { sqlstate: '3F000' },
  })
})

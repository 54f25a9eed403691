/** What the tests of the embedded PostgreSQL share: a data folder that goes away, and SQL by a client that is not ours. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { onTestFinished } from 'vitest'
import type { ObservationKind, Observe } from '../../../kernel/observe.ts'
import { startEmbedded, stopOrphan, type EmbeddedPostgres } from '../index.ts'

export const password = "it's a\\password"

/** An empty folder that is removed after the test, together with whatever still runs on it. Only its owner may enter it. */
export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'plinth-embedded-'))
  onTestFinished(async () => {
    await stopOrphan(folder)
    await rm(folder, { recursive: true, force: true })
  })
  return folder
}

export interface Started extends EmbeddedPostgres {
  /** What was observed so far. */
  readonly seen: ObservationKind[]
}

/** Starts PostgreSQL on `folder`; it is stopped after the test. */
export async function start(
  folder: string,
  options: { password?: string; port?: number } = {},
): Promise<Started> {
  const seen: ObservationKind[] = []
  const observe: Observe = (kind) => void seen.push(kind)
  const postgres = await startEmbedded({ folder, port: 0, password, observe, ...options })
  onTestFinished(() => postgres.stop())
  return { ...postgres, seen }
}

/** A connection of the superuser; it is closed after the test. Losing it is not an error. */
export async function connect(port: number, secret = password): Promise<Client> {
  const client = new Client({
    host: '127.0.0.1',
    port,
    user: 'postgres',
    password: secret,
    database: 'postgres',
  })
  client.on('error', () => undefined)
  await client.connect()
  onTestFinished(() => client.end().catch(() => undefined))
  return client
}

/** The first value of the answer to one statement, on a connection of its own. */
export async function ask(port: number, statement: string): Promise<unknown> {
  const client = await connect(port)
  const { rows } = await client.query<unknown[]>({ text: statement, rowMode: 'array' })
  return rows[0]?.[0]
}

/**
 * Brings the database up: the embedded PostgreSQL or the one of DATABASE_URL, prepared, with sessions open. The one of
 * PGRST_DB_URI is taken as it is.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Failure } from '../kernel/failure.ts'
import { defineModule, type StartContext } from '../kernel/module.ts'
import { projectFolder } from '../kernel/project-folder.ts'
import { DatabaseError } from './database-error.ts'
import { startEmbedded, type EmbeddedPostgres } from './embedded/index.ts'
import { dbToken, type Db } from './index.ts'
import { prepareDatabase } from './migrations/prepare-database.ts'
import { dbSettings } from './settings.ts'
import type { ConnectTarget } from './wire/connect.ts'
import { Listener } from './wire/listener.ts'
import { Pool } from './wire/pool.ts'
import { targetOf, urlOf } from './wire/target.ts'

type Context = StartContext<typeof dbSettings, Record<string, never>>

/** Where the owner logs in, and what stands behind it. */
interface Source {
  readonly url: string
  readonly owner: ConnectTarget
  readonly embedded: EmbeddedPostgres | undefined
}

const connectAttemptsMax = 5

export const dbModule = defineModule({
  provides: dbToken,
  needs: {},
  settings: dbSettings,
  async start(context) {
    const { givenDatabase } = context.settings
    if (givenDatabase !== undefined) return openAsItIs(context, givenDatabase)
    const source = await openSource(context)
    try {
      return await openSessions(context, source)
    } catch (error) {
      await source.embedded?.stop()
      throw error
    }
  },
})

/** One login for everything; nothing is prepared, and nothing of ours is written. */
async function openAsItIs(context: Context, given: string) {
  refuseOtherModules(context)
  const text = given.startsWith('@') ? (await readFile(given.slice(1), 'utf8')).trim() : given
  const url = urlOf(text)
  const target = targetOf(url, 'PGRST_DB_URI')
  const requests = poolFor(context, 'requests', target)
  await connectedOrClosed(requests)
  const listener = new Listener(target, context.observe)
  return runningOver({ url, requests, owner: requests, listener, embedded: undefined })
}

async function connectedOrClosed(pool: Pool): Promise<void> {
  try {
    await pool.connected(connectAttemptsMax)
  } catch (error) {
    await pool.close()
    throw error
  }
}

/** Modules with tables of their own cannot do without them. */
function refuseOtherModules({ modules }: Context): void {
  const other = modules.find(({ migrations }) => migrations.length > 0)
  if (other === undefined) return
  const reason = `it serves REST alone, and the module ${other.name} needs tables of its own: add --only rest`
  throw new Failure('setting_conflict', { setting: 'PGRST_DB_URI', reason })
}

async function openSource(context: Context): Promise<Source> {
  const { settings, dataFolder, observe } = context
  if (settings.databaseUrl !== undefined) {
    return { url: settings.databaseUrl, owner: targetOf(settings.databaseUrl), embedded: undefined }
  }
  const password = settings.demoKeys ? 'postgres' : await dataFolder.secret('postgres_password', newPassword)
  const { dbPort: port, postgresUser: runAs } = settings
  const embedded = await startEmbedded({ folder: dataFolder.path, port, password, runAs, observe })
  const url = `postgresql://postgres:${password}@127.0.0.1:${embedded.port}/postgres`
  return { url, owner: targetOf(url), embedded }
}

async function openSessions(context: Context, source: Source) {
  const authenticator = authenticatorOf(source.owner)
  await prepare(context, source.owner, authenticator?.password)
  const owner = poolFor(context, 'owner', source.owner)
  await owner.connected(connectAttemptsMax)
  const requests = await openRequests(context, authenticator ?? source.owner, source.owner)
  const listener = new Listener(source.owner, context.observe)
  return runningOver({ ...source, requests, owner, listener })
}

interface Opened {
  readonly url: string
  readonly requests: Pool
  readonly owner: Pool
  readonly listener: Listener
  readonly embedded: EmbeddedPostgres | undefined
}

function runningOver({ url, requests, owner, listener, embedded }: Opened) {
  // The types of parameters are fixed when a statement is parsed: what was parsed before a change may not fit any more.
  listener.listen('pgrst', () => {
    for (const pool of [requests, owner]) pool.forgetStatements()
  })
  const api: Db = {
    requests,
    owner,
    isEmbedded: embedded !== undefined,
    listen: (channel, handler) => listener.listen(channel, handler),
    url,
    lost: embedded === undefined ? new Promise(() => undefined) : embedded.lost.then(() => undefined),
    gauges: [
      { name: 'plinth_db_sessions', help: "Sessions for callers' requests.", read: () => requests.size },
      { name: 'plinth_db_queue', help: 'Requests that wait for a session.', read: () => requests.queued },
    ],
  }
  return {
    api,
    ready: () => requests.size > 0 && owner.size > 0,
    stop: async () => {
      await Promise.all([listener, ...new Set([requests, owner])].map(async (part) => part.close()))
      await embedded?.stop()
    },
  }
}

/** With sessions of its own: those that were open before do not see the database's new defaults. */
async function prepare(context: Context, target: ConnectTarget, authenticatorPassword: string | undefined) {
  const { settings, modules, observe } = context
  const pool = poolFor(context, 'owner', target)
  try {
    await pool.connected(connectAttemptsMax)
    const folder = await projectFolder(settings.project)
    await prepareDatabase(pool, { settings, folder, modules, observe, authenticatorPassword })
  } finally {
    await pool.close()
  }
}

/** Requests log in as `authenticator`; where the database does not let it, as the owner, and that is said. */
async function openRequests(context: Context, target: ConnectTarget, owner: ConnectTarget): Promise<Pool> {
  const pool = poolFor(context, 'requests', target)
  try {
    await pool.connected(1)
    return pool
  } catch (error) {
    await pool.close()
    if (!(error instanceof DatabaseError) || target === owner) throw error
    context.observe('bootstrap_skipped', {
      what: 'the login of authenticator',
      reason: error.message,
      effect:
        'Requests log in as the owner of the database, and switch to the role of their caller from there.',
    })
    return openRequests(context, owner, owner)
  }
}

function poolFor({ settings, observe }: Context, name: 'owner' | 'requests', target: ConnectTarget): Pool {
  const sessionsMax = name === 'owner' ? settings.ownerSessions : settings.requestSessions
  return new Pool({
    name,
    target,
    sessionsMax,
    queueMax: settings.queueMax,
    queueMsMax: settings.queueMs,
    observe,
  })
}

/**
 * `authenticator` logs in with a password that follows from the owner's: all nodes of a database know it without being
 * told. Without a password (peer, certificate, trust) there is nothing to derive from.
 */
function authenticatorOf(owner: ConnectTarget): ConnectTarget | undefined {
  if (owner.password === '') return undefined
  const password = createHmac('sha256', owner.password).update('plinth authenticator').digest('base64url')
  return { ...owner, user: 'authenticator', password }
}

function newPassword(): string {
  return randomBytes(24).toString('base64url')
}

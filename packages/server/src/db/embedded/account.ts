/** As whom PostgreSQL runs. It refuses to be root, so root starts it as somebody else; everybody else as themselves. */
import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { unlessErrno } from '../../kernel/errno.ts'
import { Failure } from '../../kernel/failure.ts'

const run = promisify(execFile)

/** Another user than the one that this process runs as. */
export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/**
 * The user to start PostgreSQL as; undefined for the one that this process runs as. `runAs` is what the settings say,
 * `data` the folder of the database files, whose present owner stays their owner.
 */
export async function chooseAccount(wish: {
  runAs: string | undefined
  data: string
}): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) {
    if (wish.runAs !== undefined) await refuseOtherUser(wish.runAs)
    return undefined
  }
  if (wish.runAs !== undefined) return notRoot(await lookUp(wish.runAs), wish.runAs)
  const owner = await unlessErrno(['ENOENT'], stat(wish.data))
  if (owner !== undefined && owner.uid !== 0) {
    return { name: `user ${owner.uid}`, uid: owner.uid, gid: owner.gid }
  }
  // `nobody` may own other processes too, which could then read the database: only where there is nothing better.
  for (const name of ['postgres', '_postgres', 'nobody']) {
    const account = await lookUp(name)
    if (account !== undefined) return account
  }
  throw unavailable('PostgreSQL does not run as root, and there is no user postgres or nobody to run it as')
}

function notRoot(account: Account | undefined, name: string): Account {
  if (account === undefined) throw unavailable(`there is no user ${name} to run it as`)
  if (account.uid === 0) throw unavailable(`it refuses to run as root: name another user than ${name}`)
  return account
}

async function refuseOtherUser(name: string): Promise<void> {
  const account = await lookUp(name)
  if (account?.uid === process.getuid?.()) return
  throw unavailable(`only root can run it as another user (${name})`)
}

/** Asks `id`, which also knows users that are not in /etc/passwd. */
async function lookUp(name: string): Promise<Account | undefined> {
  const [uid, gid] = await Promise.all([askId('-u', name), askId('-g', name)])
  return uid === undefined || gid === undefined ? undefined : { name, uid, gid }
}

async function askId(option: string, name: string): Promise<number | undefined> {
  const env = { PATH: '/usr/bin:/bin' }
  const answer = await run('id', [option, '--', name], { env }).catch(() => undefined)
  const number = Number(answer?.stdout.trim() || Number.NaN)
  return Number.isSafeInteger(number) ? number : undefined
}

function unavailable(reason: string): Failure {
  return new Failure('postgres_unavailable', { reason })
}

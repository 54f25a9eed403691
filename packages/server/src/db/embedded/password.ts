/** The superuser's password: the one that the caller gives, also when it is another one than last time. */
import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeDurably } from '../../kernel/durable-file.ts'
import { unlessErrno } from '../../kernel/errno.ts'
import { Failure } from '../../kernel/failure.ts'
import { dataIn } from './postmaster-file.ts'
import { dataArgument, runProgram, type Runtime } from './program.ts'

/** Sets the password in the stopped database of `folder`, unless it is known to be this one already. */
export async function settlePassword(runtime: Runtime, folder: string, password: string): Promise<void> {
  const mark = await unlessErrno(['ENOENT'], readFile(markIn(folder), 'utf8'))
  if (mark !== undefined && isMarkOf(mark, password)) return
  const data = dataIn(folder)
  const args = ['--single', '-D', dataArgument(runtime, data), 'postgres']
  // Nobody knows the old one here. PostgreSQL's single-user mode asks for none.
  const statement = `alter role postgres password '${password.replaceAll("'", "''")}'\n`
  const { code, output } = await runProgram(runtime, { program: 'postgres', args, data }, statement)
  if (code !== 0 || /\b(?:ERROR|FATAL|PANIC):/.test(output)) {
    throw new Failure('postgres_unavailable', { reason: `its password cannot be set: ${output.trim()}` })
  }
  await savePasswordMark(folder, password)
}

/** Notes which password the database has, in a form that does not give it away. */
export async function savePasswordMark(folder: string, password: string): Promise<void> {
  const salt = randomBytes(16)
  await writeDurably(markIn(folder), `${salt.toString('hex')}:${digest(salt, password).toString('hex')}\n`)
}

function isMarkOf(mark: string, password: string): boolean {
  const [salt, expected] = mark.trim().split(':')
  if (salt === undefined || expected?.length !== 64) return false
  return timingSafeEqual(digest(Buffer.from(salt, 'hex'), password), Buffer.from(expected, 'hex'))
}

// 2^12 rounds: 10 ms, at every start. The folder that this lies in usually holds the password itself.
function digest(salt: Buffer, password: string): Buffer {
  return scryptSync(password, salt, 32, { N: 4096 })
}

function markIn(folder: string): string {
  return join(folder, 'postgres.password')
}

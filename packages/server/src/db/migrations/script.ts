/** A file of SQL as it is run: read, checked and split; and how its failures are told. */
import { readFile } from 'node:fs/promises'
import { Failure } from '../../kernel/failure.ts'
import type { DatabaseError } from '../index.ts'
import { lineOfError } from './error-line.ts'
import { splitStatements, type SplitStatement } from './split-statements.ts'

export interface Script {
  /** How messages name it: the path below the project's folder. */
  readonly name: string
  readonly bytes: Uint8Array
  /** All pieces that hold any text, comments alone included. */
  readonly statements: readonly SplitStatement[]
}

/** Refuses with `migration_failed` what PostgreSQL could not be sent: broken UTF-8, a NUL byte, commands of psql. */
export async function readScript(path: string, name: string): Promise<Script> {
  const bytes = await readFile(path)
  const { statements, refusal } = splitStatements(decode(bytes, name))
  if (refusal !== undefined) throw refused({ file: name, line: refusal.line, message: refusal.reason })
  return { name, bytes, statements: statements.filter((statement) => statement.text !== '') }
}

function decode(bytes: Uint8Array, name: string): string {
  const nul = bytes.indexOf(0)
  if (nul !== -1)
    throw refused({ file: name, line: lineOfByte(bytes, nul), message: 'the file holds a NUL byte' })
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw refused({ file: name, line: 1, message: 'the file is not valid UTF-8' }, { cause })
  }
}

function lineOfByte(bytes: Uint8Array, end: number): number {
  return bytes.subarray(0, end).reduce((line, byte) => (byte === 10 ? line + 1 : line), 1)
}

/** SQLSTATE 42601 is a syntax error. */
function refused(place: { file: string; line: number; message: string }, options?: ErrorOptions): Failure {
  return new Failure('migration_failed', { ...place, statement: '', sqlstate: '42601' }, options)
}

/** `migration_failed` for what PostgreSQL said about one statement of a file. */
export function explainFailure(file: string, statement: SplitStatement, error: DatabaseError): Failure {
  const { message, sqlstate, detail, hint } = error.fields
  const line = lineOfError(statement, error.fields)
  const shown = shorten(statement)
  return new Failure(
    'migration_failed',
    { file, line, statement: shown, message, sqlstate, detail, hint: hint ?? ownHint(sqlstate) },
    { cause: error },
  )
}

/** SQLSTATE 25001: such as `create index concurrently`, `vacuum`, `create database`. */
function ownHint(sqlstate: string): string | undefined {
  return sqlstate === '25001'
    ? 'a file is one transaction: move this statement into a migration file of its own'
    : undefined
}

const shownLengthMax = 200

/** On one line, without the comments before it. */
function shorten({ text, textLine, line }: SplitStatement): string {
  const from = text.split('\n', line - textLine).join('\n').length
  const shown = text.slice(from).replaceAll(/\s+/g, ' ').trim()
  return shown.length <= shownLengthMax ? shown : `${shown.slice(0, shownLengthMax)}…`
}

/**
 * PKCE (RFC 7636): who begins a flow keeps a verifier; who comes back from the browser gets only a code, which is worth
 * nothing without it.
 */
import { createHash, randomUUID, timingSafeEqual } from 'node:crypto'
import { type Rows, sql, type Sql } from '../../db/index.ts'
import { Failure } from '../../kernel/failure.ts'
import type { RunStatement } from './auth-store.ts'
import type { SignInMethod } from './new-session.ts'
import type { RequestBody } from './request-body.ts'

export interface Challenge {
  readonly challenge: string
  readonly method: 's256' | 'plain'
}

/** Undefined in the implicit flow, which sends none. */
export function readChallenge(body: RequestBody): Challenge | undefined {
  const challenge = body.text('code_challenge')
  const method = body.text('code_challenge_method').toLowerCase()
  if (challenge === '' && method === '') return undefined
  if (challenge === '' || method === '')
    throw invalid('PKCE flow requires code_challenge_method and code_challenge')
  if (challenge.length < 43 || challenge.length > 128)
    throw invalid('code challenge has to be between 43 and 128 characters')
  if (!/^[\w.~-]+$/.test(challenge))
    throw invalid(
      'code challenge can only contain alphanumeric characters, hyphens, periods, underscores and tildes',
    )
  if (method !== 's256' && method !== 'plain') throw invalid('unsupported code_challenge method')
  return { challenge, method }
}

function invalid(message: string): Failure {
  return new Failure('validation_failed', { message })
}

/** Codes live for 5 minutes, flows as long as the longest-lived link that can end them. */
const codeSeconds = 300
const flowHours = 25

interface NewFlow extends Challenge {
  readonly userId: string
  readonly provider: string
  readonly signInMethod: SignInMethod
}

export function insertFlowState({ userId, provider, signInMethod, challenge, method }: NewFlow): Sql[] {
  return [
    sql`delete from auth.flow_state where created_at < now() - ${flowHours}::integer * interval '1 hour'`,
    sql`insert into auth.flow_state (id, user_id, auth_code, code_challenge_method, code_challenge,
        provider_type, authentication_method, created_at, updated_at)
      values (${randomUUID()}, ${userId}, ${randomUUID()}, ${method}, ${challenge},
        ${provider}, ${signInMethod}, now(), now())`,
  ]
}

/** The code of the user's latest flow of this kind; it is valid from now on. */
export async function issueCode(
  run: RunStatement,
  userId: string,
  signInMethod: SignInMethod,
): Promise<string> {
  const rows = await run(sql`update auth.flow_state set auth_code_issued_at = now(), updated_at = now()
    where id = (select id from auth.flow_state
      where user_id = ${userId} and authentication_method = ${signInMethod} and code_challenge is not null
      order by created_at desc, id limit 1)
    returning auth_code`)
  const code = rows.text(0, 0)
  if (code === null) throw new Failure('flow_state_of_user_not_found', {})
  return code
}

export interface EndedFlow {
  readonly userId: string
  readonly provider: string
  readonly signInMethod: string
}

/** Ends the flow of a code, once; or refuses. */
export async function endFlow(run: RunStatement, code: string, verifier: string): Promise<EndedFlow> {
  const flow = readFlow(
    await run(sql`select id, user_id, code_challenge, code_challenge_method::text as method, provider_type,
        authentication_method, coalesce(auth_code_issued_at, created_at)
          < now() - ${codeSeconds}::integer * interval '1 second' as is_expired
      from auth.flow_state where auth_code = ${code} and user_id is not null for update`),
  )
  if (flow.isExpired) throw new Failure('flow_state_expired', {})
  if (!isVerified(flow, verifier)) throw new Failure('bad_code_verifier', {})
  await run(sql`delete from auth.flow_state where id = ${flow.id}`)
  return flow
}

interface Flow extends EndedFlow {
  readonly id: string
  readonly challenge: string
  readonly method: string
  readonly isExpired: boolean
}

function readFlow(rows: Rows): Flow {
  const row = rows.objects()[0]
  if (row === undefined) throw new Failure('flow_state_not_found', {})
  return {
    id: String(row['id']),
    userId: String(row['user_id']),
    challenge: String(row['code_challenge']),
    method: String(row['method']),
    provider: String(row['provider_type']),
    signInMethod: String(row['authentication_method']),
    isExpired: row['is_expired'] === true,
  }
}

function isVerified({ challenge, method }: Flow, verifier: string): boolean {
  const shown = method === 's256' ? createHash('sha256').update(verifier).digest('base64url') : verifier
  return challenge !== '' && timingSafeEqual(digest(shown), digest(challenge))
}

/** Digests have one length. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** A signed-in user of the bench project, and what all REST benches share. */
import type { TestServer } from '../../tests/start-server.ts'
import type { Load } from '../load.ts'

export const userId = '00000000-0000-4000-8000-000000000001'
export const connections = 32
export const seconds = 6

export interface BenchClient {
  readonly server: TestServer
  readonly headers: Readonly<Record<string, string>>
  /** A load on a path below `/rest/v1/`. */
  readonly load: (path: string, more?: Partial<Load>) => Load
}

/** Signs the owner of all rows up and in, as an app would. */
export async function signIn(server: TestServer): Promise<BenchClient> {
  const auth = `${server.apiUrl}/auth/v1`
  const credentials = { email: 'bench@example.com', password: 'correct horse battery' }
  await post(server.serviceRoleKey, `${auth}/admin/users`, {
    ...credentials,
    id: userId,
    email_confirm: true,
  })
  const session = await post(server.anonKey, `${auth}/token?grant_type=password`, credentials)
  const token = String(Reflect.get(session, 'access_token'))
  const headers = {
    apikey: server.anonKey,
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
  }
  const load: BenchClient['load'] = (path, more = {}) => ({
    url: `${server.apiUrl}/rest/v1/${path}`,
    idMax: 100_000,
    headers,
    connections,
    seconds,
    ...more,
  })
  return { server, headers, load }
}

async function post(key: string, url: string, body: object): Promise<object> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { apikey: key, authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`)
  const answer: unknown = await response.json()
  if (typeof answer !== 'object' || answer === null) throw new Error(`${url}: no object`)
  return answer
}

/** Throws unless one request answers `expected` somewhere in its body: a bench of refusals would be fast. */
export async function checkAnswer(
  { headers, load }: BenchClient,
  path: string,
  expected: string,
): Promise<void> {
  const answer = await (await fetch(load(path).url, { headers })).text()
  if (!answer.includes(expected)) throw new Error(`the bench reads something else: ${answer.slice(0, 300)}`)
}

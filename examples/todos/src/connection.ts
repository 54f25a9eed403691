/** Where the server is, and the key that everybody may know. */

export interface Connection {
  readonly url: string
  readonly key: string
}

/** Asks the server that served this page; a build for another server has both in its environment. */
export async function findConnection(): Promise<Connection> {
  const { VITE_SUPABASE_URL: url, VITE_SUPABASE_ANON_KEY: key } = import.meta.env
  if (typeof url === 'string' && typeof key === 'string') return { url, key }
  const response = await fetch('/plinth.json', { cache: 'no-store' })
  if (!response.ok) throw new Error(`/plinth.json answers ${response.status}`)
  return parseConnection(await response.json())
}

function parseConnection(body: unknown): Connection {
  if (typeof body === 'object' && body !== null && 'api_url' in body && 'anon_key' in body) {
    const { api_url: url, anon_key: key } = body
    if (typeof url === 'string' && typeof key === 'string') return { url, key }
  }
  throw new Error('/plinth.json lacks api_url or anon_key')
}

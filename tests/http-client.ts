/** HTTP over a bounded number of kept connections, without the comfort of fetch: any path, any moment to hang up. */
import http from 'node:http'

export interface HttpRequest {
  readonly method?: string
  /** Sent as it is. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Hangs up after so many milliseconds. */
  readonly abortAfterMs?: number
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly text: string
}

export interface HttpClient {
  /** Resolves with undefined where the request was hung up before it was answered. */
  send(request: HttpRequest): Promise<HttpAnswer | undefined>
  close(): void
}

export function httpClient(url: string, connections: number): HttpClient {
  const { hostname, port } = new URL(url)
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections })
  return {
    send: async (request) => sendOne({ hostname, port, agent }, request),
    close: () => agent.destroy(),
  }
}

async function sendOne(to: http.RequestOptions, sent: HttpRequest): Promise<HttpAnswer | undefined> {
  const { method = 'GET', path, headers = {}, body = '', abortAfterMs } = sent
  const length = body === '' ? {} : { 'content-length': `${Buffer.byteLength(body)}` }
  return new Promise((resolve, reject) => {
    const request = http.request({ ...to, method, path, headers: { ...headers, ...length } })
    const fail = (error: Error): void => (request.destroyed ? resolve(undefined) : reject(error))
    if (abortAfterMs !== undefined) setTimeout(() => request.destroy(), abortAfterMs)
    // Whoever hangs up gets an error; whoever does not, and is hung up on, too.
    request.on('error', (error) => (abortAfterMs === undefined ? reject(error) : resolve(undefined)))
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', fail)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text })
      })
    })
    request.end(body)
  })
}

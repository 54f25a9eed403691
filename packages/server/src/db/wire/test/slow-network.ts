/** A way to the server through which bytes can be held up, or on which connections can be cut. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface SlowNetwork {
  readonly port: number
  /** What connections that are open now send to the server arrives so much later; what new ones send does not. */
  holdUp(delayMs: number): void
  /** Ends all connections at once. */
  cut(): void
  close(): Promise<void>
}

export async function startSlowNetwork(serverPort: number): Promise<SlowNetwork> {
  const sockets = new Set<Socket>()
  const delays = new Map<Socket, number>()
  const server = createServer((near) => {
    const far = connect(serverPort, '127.0.0.1')
    sockets.add(near).add(far)
    near.on('data', (chunk) => {
      const delayMs = delays.get(near)
      if (delayMs === undefined) far.write(chunk)
      else setTimeout(() => far.write(chunk), delayMs)
    })
    far.pipe(near)
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => undefined)
      one.on('close', () => {
        sockets.delete(one)
        other.end()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    cut,
    holdUp(delayMs) {
      for (const socket of sockets) delays.set(socket, delayMs)
    },
    async close() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}

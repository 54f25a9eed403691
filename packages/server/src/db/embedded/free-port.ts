/** Looks whether a port of loopback is free, before PostgreSQL is started on it. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { errnoOf } from '../../kernel/errno.ts'
import { Failure } from '../../kernel/failure.ts'

const host = '127.0.0.1'

/** The port itself, or a free one for 0. Refuses with `port_taken`, naming `setting`. */
export async function freePort(port: number, setting: string): Promise<number> {
  const server = createServer().listen({ port, host, exclusive: true })
  try {
    await once(server, 'listening')
  } catch (cause) {
    if (errnoOf(cause) !== 'EADDRINUSE') throw cause
    throw new Failure('port_taken', { port, address: host, setting }, { cause })
  }
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : port
}

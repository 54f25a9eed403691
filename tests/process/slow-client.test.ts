/** Clients that send slowly, or stop half-way, are given up in time and keep nobody else waiting. */
import net from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer, type TestServer } from '../start-server.ts'

const project = new URL('../acceptance/library', import.meta.url).pathname
let server: TestServer

beforeAll(async () => {
  server = await startServer({ project, env: { PLINTH_BODY_STALL_MS: '400' } })
})
afterAll(async () => server.stop())

function open(head: string): { answer: Promise<string>; socket: net.Socket } {
  let text = ''
  const socket = net.connect(Number(new URL(server.apiUrl).port), '127.0.0.1')
  socket.write(head)
  const answer = new Promise<string>((resolve) => {
    socket.on('data', (chunk) => {
      text += chunk.toString()
      if (text.includes('\r\n\r\n')) resolve(text)
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(text))
  })
  return { answer, socket }
}

function post(length: number): string {
  return [
    'POST /rest/v1/authors HTTP/1.1',
    'Host: x',
    `apikey: ${server.anonKey}`,
    'content-type: application/json',
    `content-length: ${length}`,
    '\r\n',
  ].join('\r\n')
}

test('a body that stops coming is refused with 408', async () => {
  const { answer, socket } = open(`${post(100)}{"name":`)
  expect(await answer).toMatch(/^HTTP\/1.1 408 /)
  expect(await answer).toContain('"code":"body_timeout"')
  socket.destroy()
})

test('a body that comes slowly but steadily is taken', async () => {
  const body = '{"name":"Slow and steady"}'
  const { answer, socket } = open(post(body.length))
  for (const letter of body) {
    socket.write(letter)
    await new Promise((resolve) => {
      setTimeout(resolve, 40)
    })
  }
  expect(await answer).toMatch(/^HTTP\/1.1 201 /)
  socket.destroy()
})

test('a hundred half-open requests keep nobody waiting', async () => {
  const lines = Array.from({ length: 100 }, () => open('GET /rest/v1/authors HTTP/1.1\r\nHost: x\r\n'))
  const startedAt = performance.now()
  const response = await fetch(`${server.apiUrl}/rest/v1/authors?limit=1`, {
    headers: { apikey: server.anonKey },
  })
  expect(response.status).toBe(200)
  expect(performance.now() - startedAt).toBeLessThan(2000)
  for (const { socket } of lines) socket.destroy()
})

/** Notifications from a real server, also across the loss of the connection. */
import type { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startThrowawayServer, type ThrowawayServer } from '../../../test/throwaway-server.ts'
import { Listener } from './listener.ts'

let server: ThrowawayServer
let outside: Client
let listener: Listener
let observed: string[]

beforeAll(async () => {
  server = await startThrowawayServer(18)
  outside = await server.client()
})
afterAll(async () => server.stop())

beforeEach(() => {
  observed = []
  const target = { ...server.target(), parameters: { application_name: 'listener' } }
  listener = new Listener(target, (kind) => observed.push(kind))
})
afterEach(async () => {
  await listener.close()
  await expect.poll(connections).toBe(0)
})

async function connections(): Promise<number> {
  const { rows } = await outside.query(`select from pg_stat_activity where application_name = 'listener'`)
  return rows.length
}

async function notify(channel: string, payload: string): Promise<void> {
  await outside.query('select pg_notify($1, $2)', [channel, payload])
}

/** Listens, and answers what it hears. */
function hear(channel: string): { heard: (string | undefined)[]; stop: () => void } {
  const heard: (string | undefined)[] = []
  const stop = listener.listen(channel, (payload) => heard.push(payload))
  return { heard, stop }
}

test('first says that it listens, then what it hears, until it is stopped', async () => {
  const { heard, stop } = hear('Odd "name"')
  await expect.poll(() => heard).toEqual([undefined])
  await notify('Odd "name"', 'one')
  await notify('other', 'no')
  await notify('Odd "name"', '')
  await expect.poll(() => heard).toEqual([undefined, 'one', ''])
  stop()
  const { heard: marker } = hear('Odd "name"')
  await expect.poll(() => marker).toEqual([undefined])
  await notify('Odd "name"', 'late')
  await expect.poll(() => marker).toEqual([undefined, 'late'])
  expect(heard).toEqual([undefined, 'one', ''])
})

test('many channels share one connection, whenever they come', async () => {
  const first = hear('a')
  const second = hear('a')
  await new Promise((resolve) => {
    setImmediate(resolve)
  })
  const third = hear('b')
  await expect
    .poll(() => [first.heard, second.heard, third.heard])
    .toEqual([[undefined], [undefined], [undefined]])
  const fourth = hear('a')
  await expect.poll(() => fourth.heard).toEqual([undefined])
  await notify('a', '1')
  await notify('b', '2')
  await expect.poll(() => third.heard).toEqual([undefined, '2'])
  expect([first.heard, second.heard, fourth.heard]).toEqual([
    [undefined, '1'],
    [undefined, '1'],
    [undefined, '1'],
  ])
  expect(await connections()).toBe(1)
})

test('comes back when its connection is lost, and says that something may have been missed', async () => {
  const a = hear('a')
  const b = hear('b')
  await expect.poll(() => b.heard).toEqual([undefined])
  await outside.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'listener'`,
  )
  await notify('a', 'missed')
  await expect
    .poll(() => [a.heard, b.heard], { timeout: 5000 })
    .toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ])
  await notify('a', 'heard')
  await expect.poll(() => a.heard).toEqual([undefined, undefined, 'heard'])
  expect(observed).toEqual(['session_lost'])
  expect(await connections()).toBe(1)
})

test('keeps trying while the server is away', async () => {
  const own = await startThrowawayServer(18)
  const away = new Listener(own.target(), () => undefined)
  const heard: (string | undefined)[] = []
  await own.restart()
  away.listen('a', (payload) => heard.push(payload))
  await expect.poll(() => heard).toEqual([undefined])
  await own.restart()
  await expect.poll(() => heard, { timeout: 5000 }).toEqual([undefined, undefined])
  await away.close()
  await own.stop()
})

test('closing before it is connected leaves nothing behind', async () => {
  const { heard } = hear('a')
  await listener.close()
  expect(heard).toEqual([])
})

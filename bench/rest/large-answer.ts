/** How much memory an answer of 100 MB takes while it goes out. */
import type { Figure } from '../main.ts'
import type { BenchClient } from './client.ts'
import { residentBytes } from './resident-bytes.ts'

const kib = 100_000
const sampleMs = 10

export async function benchLargeAnswer({ server, load }: BenchClient): Promise<Figure[]> {
  const before = await residentBytes(server.pid)
  let most = before
  const sample = async (): Promise<void> => {
    most = Math.max(most, await residentBytes(server.pid))
  }
  const sampler = setInterval(() => {
    void sample()
  }, sampleMs)
  const headers = { apikey: server.serviceRoleKey }
  const response = await fetch(`${load('rpc/blob').url}?kib=${kib}&limit=${kib}`, { headers })
  let bytes = 0
  for await (const chunk of response.body ?? []) bytes += chunk.length
  clearInterval(sampler)
  return [
    { name: 'large answer', value: bytes / 1e6, unit: 'MB' },
    { name: 'large answer, memory on top', value: (most - before) / 1e6, unit: 'MB', atMost: 60 },
  ]
}

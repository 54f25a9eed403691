/** The data folder: one server at a time, and secrets that are never lost. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openDataFolder, parseSecrets, readDataFolder } from './data-folder.ts'
import { startToken } from './start-token.ts'

let parent = ''
let folder = ''

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'plinth-data-'))
  folder = join(parent, 'project', '.plinth')
})
afterEach(() => rm(parent, { recursive: true, force: true }))

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
  await once(child, 'exit')
  return child.pid ?? 0
}

async function modeOf(file: string): Promise<number> {
  return (await stat(file)).mode & 0o777
}

describe('the folder', () => {
  test('is made for its owner alone, and kept out of repositories', async () => {
    const opened = await openDataFolder(folder)
    expect(opened.path).toBe(folder)
    expect((await stat(folder)).mode & 0o077).toBe(0)
    expect(await readFile(join(folder, '.gitignore'), 'utf8')).toBe('*\n')
    await opened.release()
  })

  test('that exists keeps its mode', async () => {
    const opened = await openDataFolder(parent)
    const before = await modeOf(parent)
    await opened.release()
    expect(await modeOf(parent)).toBe(before)
  })

  test('is refused where a file stands in its place', async () => {
    const file = join(parent, 'file')
    await writeFile(file, '')
    await expect(openDataFolder(file)).rejects.toMatchObject({ code: 'data_folder_unusable' })
    await expect(openDataFolder(join(file, 'below'))).rejects.toMatchObject({ code: 'data_folder_unusable' })
  })
})

describe('the lock', () => {
  test('is refused to a second server, which learns the pid of the first', async () => {
    const first = await openDataFolder(folder)
    await expect(openDataFolder(folder)).rejects.toMatchObject({
      code: 'data_folder_taken',
      detail: { folder, pid: process.pid },
    })
    await first.release()
    const second = await openDataFolder(folder)
    await second.release()
    expect(await readdir(folder)).toEqual(['.gitignore'])
  })

  test.each([
    [
      'of a process that is gone',
      async () => ({ pid: await deadPid(), started: await startToken(process.pid), nonce: 'a' }),
    ],
    ['whose pid another process has now', async () => ({ pid: process.pid, started: 'earlier', nonce: 'a' })],
    ['that a power cut left empty', async () => undefined],
    ['that somebody edited', async () => ({ pid: 'many', started: 7, nonce: '../../x' })],
  ])('%s is taken over', async (_, holder) => {
    await (await openDataFolder(folder)).release()
    await writeFile(join(folder, 'plinth.pid'), JSON.stringify(await holder()) ?? '')
    expect((await readDataFolder(folder)).pid).toBeUndefined()
    const opened = await openDataFolder(folder)
    expect((await readDataFolder(folder)).pid).toBe(process.pid)
    await opened.release()
  })

  test('goes to exactly one of those who take over at the same moment', async () => {
    await (await openDataFolder(folder)).release()
    for (let round = 0; round < 20; round++) {
      await writeFile(join(folder, 'plinth.pid'), '{"pid":1,"started":"earlier","nonce":"a"}')
      const tries = await Promise.allSettled(Array.from({ length: 20 }, () => openDataFolder(folder)))
      const winners = tries.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
      const losers = tries.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
      expect(winners).toHaveLength(1)
      expect(losers).toEqual(losers.map(() => expect.objectContaining({ code: 'data_folder_taken' })))
      await winners[0]?.release()
      expect(await readdir(folder)).toEqual(['.gitignore'])
    }
  })

  test('is taken over also when an earlier takeover was cut short', async () => {
    await (await openDataFolder(folder)).release()
    await writeFile(join(folder, 'plinth.pid'), '{"pid":1,"started":"earlier","nonce":"a"}')
    await writeFile(join(folder, 'plinth.pid.a'), '{"pid":1,"started":"earlier","nonce":"b"}')
    await writeFile(join(folder, 'plinth.pid.a.b'), '')
    const opened = await openDataFolder(folder)
    await opened.release()
    expect(await readdir(folder)).toEqual(['.gitignore'])
  })

  test('of a successor is not released', async () => {
    const first = await openDataFolder(folder)
    await rm(join(folder, 'plinth.pid'))
    const second = await openDataFolder(folder)
    await first.release()
    expect((await readDataFolder(folder)).pid).toBe(process.pid)
    await second.release()
  })
})

describe('secrets', () => {
  test('are made once, also when asked for at the same time, and kept', async () => {
    const opened = await openDataFolder(folder)
    let made = 0
    const create = async (): Promise<string> => `secret ${++made}`
    const asked = await Promise.all([1, 2, 3].map(() => opened.secret('jwt', create)))
    expect(asked).toEqual(['secret 1', 'secret 1', 'secret 1'])
    await Promise.all(['a', 'b', 'c'].map((name) => opened.secret(name, () => `${name}!`)))
    await opened.release()
    expect(await modeOf(join(folder, 'keys.json'))).toBe(0o600)
    const again = await openDataFolder(folder)
    expect(await again.secret('jwt', create)).toBe('secret 1')
    await again.release()
    expect(made).toBe(1)
    expect((await readDataFolder(folder)).secrets).toEqual({ jwt: 'secret 1', a: 'a!', b: 'b!', c: 'c!' })
  })

  test('may be made from one another', async () => {
    const opened = await openDataFolder(folder)
    const outer = await opened.secret('outer', async () => `${await opened.secret('inner', () => 'x')}y`)
    expect(outer).toBe('xy')
    await opened.release()
  })

  test('one that cannot be made leaves the others alone, and may be tried again', async () => {
    const opened = await openDataFolder(folder)
    const failing = opened.secret('a', () => Promise.reject(new Error('no entropy')))
    const [failed, other] = await Promise.allSettled([failing, opened.secret('b', () => 'b')])
    expect(failed).toMatchObject({ status: 'rejected', reason: { message: 'no entropy' } })
    expect(other).toMatchObject({ status: 'fulfilled', value: 'b' })
    expect(await opened.secret('a', () => 'a')).toBe('a')
    await opened.release()
  })

  test.each(['', '{"jwt":', '[]', 'null', '"x"', '{"jwt":{}}'])(
    'keys.json with %j is refused and kept',
    async (text) => {
      await (await openDataFolder(folder)).release()
      await writeFile(join(folder, 'keys.json'), text)
      await expect(openDataFolder(folder)).rejects.toMatchObject({ code: 'keys_invalid' })
      await expect(readDataFolder(folder)).rejects.toMatchObject({ code: 'keys_invalid' })
      expect(await readFile(join(folder, 'keys.json'), 'utf8')).toBe(text)
      // And the refusal gives the folder free.
      await rm(join(folder, 'keys.json'))
      await (await openDataFolder(folder)).release()
    },
  )

  test('have no names that mean more than a name', () => {
    expect([...parseSecrets('{"__proto__":"x","constructor":"y"}', 'keys.json').keys()]).toEqual([
      '__proto__',
      'constructor',
    ])
  })
})

test('a folder that does not exist has no server and no secrets', async () => {
  expect(await readDataFolder(join(parent, 'nowhere'))).toEqual({ pid: undefined, secrets: {} })
  expect(await readdir(parent)).toEqual([])
})

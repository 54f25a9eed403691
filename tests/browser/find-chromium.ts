/** Finds a Chromium on this machine: the tests bring none. */
import { accessSync, constants } from 'node:fs'
import path from 'node:path'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** Path of the program; undefined when there is none. `PLINTH_TEST_CHROMIUM` goes before the PATH. */
export function findChromium(): string | undefined {
  const folders = ['/usr/bin', ...(process.env['PATH'] ?? '').split(path.delimiter)]
  const candidates = names.flatMap((name) => folders.map((folder) => path.join(folder, name)))
  const chosen = process.env['PLINTH_TEST_CHROMIUM']
  return [...(chosen ? [chosen] : []), ...candidates].find(isProgram)
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Quiet, without a sandbox (it cannot start as root), and without calls to anybody outside. */
export const chromiumArgs: readonly string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * `npm test`: brings what the tests need, where that is allowed, runs all of them (or those that the arguments name)
 * and ends with one line: `N passed, N failed, N skipped`.
 */
import { spawn, spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

const root = join(import.meta.dirname, '..')
const bin = join(root, 'node_modules/.bin')

/** Debian packages, and how to see that what we need of them is there already. */
const packages: Readonly<Record<string, () => boolean>> = {
  chromium: () => ['chromium', 'google-chrome', 'chromium-browser'].some(isOnPath),
  postgresql: () => isOnPath('pgbench') || existsSync('/usr/lib/postgresql'),
}

function isOnPath(program: string): boolean {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** Tests that miss a program skip themselves and say so; that is why nothing here is an error. */
function installMissing(): void {
  const missing = Object.entries(packages).flatMap(([name, isThere]) => (isThere() ? [] : [name]))
  if (missing.length === 0) return
  if (process.getuid?.() !== 0 || !isOnPath('apt-get')) {
    console.log(`Not installed, so tests that need it are skipped: ${missing.join(', ')}`)
    return
  }
  console.log(`Installing for the tests: ${missing.join(', ')}`)
  // RUNLEVEL keeps the packages from starting services.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const install = ['install', '-y', '-qq', '--no-install-recommends', ...missing]
  for (const args of [['update', '-qq'], install]) {
    const { status, stderr } = spawnSync('apt-get', args, { env, encoding: 'utf8' })
    if (status !== 0) console.log(`apt-get ${args[0]} failed, so tests may be skipped: ${stderr.trim()}`)
  }
}

/**
 * Runs vitest with a report for people on the terminal and one for us, `report.json` in `folder`. What vitest keeps for
 * itself goes there too: the checkout and the home folder may belong to somebody else.
 */
async function runVitest(args: readonly string[], folder: string): Promise<number | null> {
  const reporters = [
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${join(folder, 'report.json')}`,
  ]
  const child = spawn(join(bin, 'vitest'), ['run', '--configLoader=native', ...reporters, ...args], {
    cwd: root,
    env: {
      ...process.env,
      PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`,
      XDG_DATA_HOME: folder,
    },
    stdio: 'inherit',
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
}

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[]
}

function readReport(path: string): Report | undefined {
  if (!existsSync(path)) return undefined
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- vitest writes it in the form of Jest's
  return JSON.parse(readFileSync(path, 'utf8')) as Report
}

/** A file that could not be loaded has no tests to fail, and an error between tests belongs to none: both count as one. */
function countFailed(report: Report | undefined, code: number | null): number {
  const unloaded = report?.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  )
  const failed = (report?.numFailedTests ?? 0) + (unloaded?.length ?? 0)
  return failed === 0 && code !== 0 ? 1 : failed
}

installMissing()
const folder = mkdtempSync(join(tmpdir(), 'plinth-test-report-'))
try {
  const code = await runVitest(process.argv.slice(2), folder)
  const report = readReport(join(folder, 'report.json'))
  const failed = countFailed(report, code)
  const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0)
  console.log(`${report?.numPassedTests ?? 0} passed, ${failed} failed, ${skipped} skipped`)
  process.exitCode = failed === 0 ? 0 : 1
} finally {
  rmSync(folder, { recursive: true })
}

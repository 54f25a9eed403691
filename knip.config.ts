/** Finds dead code, and dependencies that nothing uses. */
import { readFileSync } from 'node:fs'
import type { KnipConfig } from 'knip'

const manifest: { dependencies: object } = JSON.parse(
  readFileSync(new URL('package.json', import.meta.url), 'utf8'),
)

const config: KnipConfig = {
  // An interface may be exported for the reader of a signature.
  ignoreExportsUsedInFile: { interface: true, type: true },
  // From Debian, and only there; the test of TLS is skipped without openssl.
  ignoreBinaries: ['apt-get', 'openssl'],
  workspaces: {
    '.': {
      entry: ['tools/*.{ts,js}', 'tests/**/*.test.ts'],
      project: ['{bin,bench,tests,tools}/**/*.{ts,js}'],
      // What the published package needs: its parts use it, and a test keeps the lists equal.
      ignoreDependencies: [...Object.keys(manifest.dependencies), /^@plinth\//],
    },
    'packages/cli': { entry: ['src/**/*.test.ts'] },
    // Workers are started by their path, and so are programs that tests kill.
    'packages/server': { entry: ['src/**/*.test.ts', 'src/**/worker.ts', 'src/**/test/*.ts'] },
    'packages/protocol': {},
    'examples/*': { entry: ['src/main.{ts,js}'] },
  },
}

export default config

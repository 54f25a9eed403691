#!/usr/bin/env node
// Starts the command from its sources in a checkout, and from the built files in an installed package.
import { existsSync } from 'node:fs'
import module from 'node:module'
import { fileURLToPath } from 'node:url'

const source = new URL('../packages/cli/src/main.ts', import.meta.url)
const built = new URL('../dist/cli/src/main.js', import.meta.url)
const isCheckout = existsSync(source)

// Without it every start strips the types of all sources again: 0.2 s and 30 MB. It lies beside the code, never in a
// folder that others may write to. Node before 22.1 has none.
module.enableCompileCache?.(fileURLToPath(new URL('../node_modules/.cache/plinth', import.meta.url)))

if (isCheckout && !process.features.typescript) {
  process.stderr.write(
    `error: Node ${process.version} cannot run Plinth's sources\n` +
      'In a checkout, start it with "npx plinth" or "npm start": these use the Node that npm install brought.\n',
  )
  process.exitCode = 1
} else {
  const { main } = await import(isCheckout ? source.href : built.href)
  process.exitCode = await main(process.argv.slice(2))
  // Should anything still keep the process alive, it has had its time.
  setTimeout(() => process.exit(), 3000).unref()
}

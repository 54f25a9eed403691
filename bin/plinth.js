#!/usr/bin/env node
// Starts the command from its sources in a checkout, and from the built files in an installed package.
import { existsSync } from 'node:fs'

const source = new URL('../packages/cli/src/main.ts', import.meta.url)
const built = new URL('../dist/cli/src/main.js', import.meta.url)
await import(existsSync(source) ? source : built)

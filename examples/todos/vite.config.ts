/** Builds the page into `dist`, which Plinth serves at `/`. `vite dev` borrows the keys of a running Plinth. */
import { defineConfig } from 'vite'

export default defineConfig({
  base: './',
  build: { target: 'es2023' },
  server: { proxy: { '/plinth.json': 'http://127.0.0.1:54321' } },
})

/** The version of this Plinth, as its package says it. */
import { readFileSync } from 'node:fs'

/** The same number stands in the root's and every workspace's package.json; this one is beside the sources and the built files. */
export const version = readVersion()

function readVersion(): string {
  // From packages/server/src/app and from dist/server/src/app alike, the published package's file is four levels up.
  const text = readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8')
  const parsed: unknown = JSON.parse(text)
  const found =
    typeof parsed === 'object' && parsed !== null && 'version' in parsed ? parsed.version : undefined
  return typeof found === 'string' ? found : '0.0.0'
}

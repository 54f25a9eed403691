/** Serves the files of one folder; paths without a file get its index.html, as single-page apps expect. */
import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { getMimeType } from 'hono/utils/mime'
import { Failure } from '../../kernel/failure.ts'
import type { Call } from '../../kernel/module.ts'

interface CachedFile {
  readonly body: Uint8Array<ArrayBuffer>
  readonly etag: string
  readonly changedAt: number
}

/** Larger files and more of them are read anew each time. */
const cachedBytesMax = 2_000_000
const cachedFilesMax = 200

export function serveFolder(folder: string): (call: Call) => Promise<Response> {
  const cache = new Map<string, CachedFile>()

  async function load(file: string): Promise<CachedFile | undefined> {
    const found = await stat(file).catch(() => undefined)
    if (found?.isFile() !== true) return undefined
    const cached = cache.get(file)
    if (cached?.changedAt === found.mtimeMs) return cached
    const body = new Uint8Array(await readFile(file))
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
    const loaded = { body, etag, changedAt: found.mtimeMs }
    if (body.length <= cachedBytesMax && cache.size < cachedFilesMax) cache.set(file, loaded)
    return loaded
  }

  return async (call) => {
    const asked = pathIn(folder, call.url.pathname)
    const hasExtension = path.extname(asked) !== ''
    const file =
      (await load(asked)) ?? (hasExtension ? undefined : await load(path.join(folder, 'index.html')))
    if (file === undefined) throw new Failure('route_not_found', { path: call.url.pathname })
    const isIndex = !hasExtension
    const headers = {
      'content-type': isIndex
        ? 'text/html; charset=utf-8'
        : (getMimeType(asked) ?? 'application/octet-stream'),
      // Builds name their assets by content; the page itself must be asked for each time.
      'cache-control':
        isIndex || !asked.includes('/assets/') ? 'no-cache' : 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
      etag: file.etag,
    }
    const isKnown = call.request.headers.get('if-none-match') === file.etag
    return isKnown ? new Response(null, { status: 304, headers }) : new Response(file.body, { headers })
  }
}

/** The file that a URL path means. Never outside the folder, and never a hidden file. */
function pathIn(folder: string, pathname: string): string {
  const decoded = decode(pathname)
  const parts = decoded.split('/')
  if (decoded.includes('\0') || parts.some((part) => part.startsWith('.') || part.includes('\\')))
    throw new Failure('route_not_found', { path: pathname })
  return path.join(folder, ...parts)
}

function decode(pathname: string): string {
  try {
    return decodeURIComponent(pathname)
  } catch (cause) {
    throw new Failure('url_invalid', { reason: 'a percent sequence is broken' }, { cause })
  }
}

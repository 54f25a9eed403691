/** Holds the catalog of a running server, and replaces it when the database says that it has changed. */
import type { Observe } from '../../kernel/observe.ts'
import type { Db } from '../index.ts'
import type { Catalog } from './catalog.ts'
import { loadCatalog } from './load.ts'

export interface LiveCatalog {
  /** The last one that could be read. */
  current(): Catalog
  /** Reads it again. Calls during a load share the next one. Never rejects: a failed load keeps the last good one. */
  reload(): Promise<void>
  stop(): void
}

export interface LiveCatalogOptions {
  readonly db: Pick<Db, 'requests' | 'listen'>
  /** Asked before each load: which schemas are served may change as well. */
  readonly schemas: () => Promise<readonly string[]>
  readonly observe: Observe
}

/** The channel on which apps and our own event trigger ask for a reload. */
const channel = 'pgrst'

/** Reads the catalog, and keeps it current. Rejects when it cannot be read the first time. */
export async function openCatalog(options: LiveCatalogOptions): Promise<LiveCatalog> {
  const { db, schemas, observe } = options
  let catalog = await load()
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined

  async function load(): Promise<Catalog> {
    const startedAt = performance.now()
    const loaded = await loadCatalog(db.requests, await schemas())
    observe('catalog_loaded', {
      tables: count(loaded, 'tables'),
      functions: count(loaded, 'functions'),
      durationMs: Math.round(performance.now() - startedAt),
    })
    return loaded
  }

  async function replace(): Promise<void> {
    try {
      catalog = await load()
    } catch (error) {
      observe('catalog_failed', { reason: error instanceof Error ? error.message : String(error) })
    }
  }

  // A load under way may have read before the change that asks for this one: it must be followed by another.
  function reload(): Promise<void> {
    if (running === undefined) {
      running = replace().finally(() => (running = undefined))
      return running
    }
    next ??= running.then(() => {
      next = undefined
      return reload()
    })
    return next
  }

  const stop = db.listen(channel, (payload) => {
    if (asksForReload(payload)) void reload()
  })
  return { current: () => catalog, reload, stop }
}

/** No payload at all means that notifications may have been missed. */
function asksForReload(payload: string | undefined): boolean {
  return payload === undefined || ['', 'reload schema', 'reload config'].includes(payload)
}

function count(catalog: Catalog, what: 'tables' | 'functions'): number {
  let total = 0
  for (const schema of catalog.schemas.values()) total += schema[what].size
  return total
}

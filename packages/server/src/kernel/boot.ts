/** Starts modules so that each starts after everything it needs; closes them the other way round. */
import type { DataFolder } from './data-folder.ts'
import { Failure } from './failure.ts'
import type { Module, Running, Surface } from './module.ts'
import type { Observe } from './observe.ts'
import { readSettings, type SettingSources } from './settings.ts'

export interface App {
  readonly surfaces: readonly Surface[]
  /** The api of a module of this run, by its token's name. */
  readonly apis: ReadonlyMap<string, unknown>
  isReady(): boolean
  /** Drains all modules, then stops all, in reverse start order. Rejects with every failure, after having tried all. */
  close(): Promise<void>
}

export interface BootContext {
  readonly sources: SettingSources
  readonly observe: Observe
  readonly dataFolder: DataFolder
}

export async function boot(modules: readonly Module[], context: BootContext): Promise<App> {
  const ordered = inStartOrder(modules)
  // Every setting of every module is read before anything starts, so a typo costs nothing.
  const settings = new Map(ordered.map((module) => [module, readSettings(module.settings, context.sources)]))
  const infos = ordered.map((module) => ({ name: module.provides.name, migrations: module.migrations ?? [] }))
  const running = new Map<string, Running<unknown>>()
  const abort = new AbortController()

  async function close(): Promise<void> {
    const reversed = [...running.values()].toReversed()
    running.clear()
    const drained = await settleInTurn(reversed, (instance) => instance.drain?.())
    abort.abort()
    const stopped = await settleInTurn(reversed, (instance) => instance.stop?.())
    const failures = [...drained, ...stopped]
    if (failures.length > 0) throw new AggregateError(failures, 'not every module stopped cleanly')
  }

  try {
    for (const module of ordered) {
      const startedAt = performance.now()
      const needs = Object.fromEntries(
        Object.entries(module.needs).map(([key, token]) => [key, running.get(token.name)?.api]),
      )
      const name = module.provides.name
      running.set(
        name,
        await module.start({
          settings: settings.get(module) ?? {},
          needs,
          observe: context.observe,
          dataFolder: context.dataFolder,
          signal: abort.signal,
          modules: infos,
        }),
      )
      const durationMs = Math.round(performance.now() - startedAt)
      context.observe('module_started', { module: name, durationMs })
    }
  } catch (cause) {
    const closing = await close().then(
      () => undefined,
      (failure: unknown) => failure,
    )
    if (closing === undefined) throw cause
    throw new AggregateError([cause, closing], 'a module failed to start, and so did cleaning up', { cause })
  }
  return {
    surfaces: [...running.values()].flatMap((instance) => instance.surfaces ?? []),
    apis: new Map([...running].map(([name, instance]) => [name, instance.api])),
    isReady: () => [...running.values()].every((instance) => instance.ready?.() ?? true),
    close,
  }
}

/** One module that cannot stop must not keep the next one from stopping. */
async function settleInTurn<T>(
  items: readonly T[],
  step: (item: T) => Promise<void> | undefined,
): Promise<unknown[]> {
  const failures: unknown[] = []
  for (const item of items) {
    try {
      await step(item)
    } catch (cause) {
      failures.push(cause)
    }
  }
  return failures
}

/** Sorts by needs; refuses a missing module or a cycle by name. */
export function inStartOrder(modules: readonly Module[]): Module[] {
  const byName = new Map(modules.map((module) => [module.provides.name, module]))
  const done = new Set<Module>()
  const ordered: Module[] = []

  function visit(module: Module, path: readonly string[]): void {
    const name = module.provides.name
    if (path.includes(name)) throw new Failure('module_cycle', { path: [...path, name].join(' -> ') })
    if (done.has(module)) return
    for (const token of Object.values(module.needs)) {
      const needed = byName.get(token.name)
      if (needed === undefined) throw new Failure('module_missing', { by: name, needs: token.name })
      visit(needed, [...path, name])
    }
    done.add(module)
    ordered.push(module)
  }

  for (const module of modules) visit(module, [])
  return ordered
}

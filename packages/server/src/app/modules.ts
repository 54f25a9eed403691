/** The whole server, in one list. Order does not matter; `needs` decides. */
import { dbModule } from '../db/module.ts'
import { Failure } from '../kernel/failure.ts'
import type { Module } from '../kernel/module.ts'
import { authModule } from '../modules/auth/module.ts'
import { keysModule } from '../modules/keys/module.ts'
import { messagingModule } from '../modules/messaging/module.ts'
import { restModule } from '../modules/rest/module.ts'
import { siteModule } from '../modules/site/module.ts'

export const modules: readonly Module[] = [
  dbModule,
  keysModule,
  messagingModule,
  authModule,
  restModule,
  siteModule,
]

/** The named modules, those that they need, and the keys that every listener needs; all for an empty list. */
export function chooseModules(names: readonly string[]): readonly Module[] {
  if (names.length === 0) return modules
  const chosen = new Set<Module>()
  const take = (name: string): void => {
    const module = modules.find(({ provides }) => provides.name === name)
    if (module === undefined) {
      throw new Failure('module_unknown', {
        name,
        known: modules.map(({ provides }) => provides.name).join(', '),
      })
    }
    if (chosen.has(module)) return
    chosen.add(module)
    for (const token of Object.values(module.needs)) take(token.name)
  }
  for (const name of [...names, keysModule.provides.name]) take(name)
  return [...chosen]
}

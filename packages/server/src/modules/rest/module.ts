/** The REST module: tables, views and functions over HTTP, in PostgREST's dialect. */
import { readFile } from 'node:fs/promises'
import { openCatalog } from '../../db/catalog/index.ts'
import { dbToken } from '../../db/index.ts'
import { defineModule } from '../../kernel/module.ts'
import { keysToken } from '../keys/index.ts'
import type { RestSettings } from './config.ts'
import type { Prepared, RestContext } from './context.ts'
import { liveIdentify } from './identify.ts'
import { restToken } from './index.ts'
import { openConfig } from './live-config.ts'
import { restSettings } from './settings.ts'
import { ShapeCache } from './shape-cache.ts'
import { restSurface } from './surface.ts'

/** An app has tens of shapes; callers who make up ever new ones can not fill the memory. */
const shapesMax = 2000

export const restModule = defineModule({
  provides: restToken,
  needs: { db: dbToken, keys: keysToken },
  settings: restSettings,
  async start({ settings, needs, observe }) {
    const { db, keys } = needs
    const config = openConfig({ given: await withSecretFile(settings), db, observe })
    const catalog = await openCatalog({ db, schemas: async () => (await config.reload()).schemas, observe })
    const context: RestContext = {
      pool: db.requests,
      catalog,
      shapes: new ShapeCache<Prepared>(shapesMax),
      get settings() {
        return config.current()
      },
    }
    const identify = liveIdentify({ keys, config, observe })
    return {
      api: { catalog: () => catalog.current(), reloadCatalog: () => catalog.reload() },
      surfaces: [restSurface(context, identify)],
      stop: async () => catalog.stop(),
    }
  },
})

/** `@/run/secrets/jwt` stands for what is in that file. */
async function withSecretFile(settings: RestSettings): Promise<RestSettings> {
  const { jwtSecret } = settings
  if (jwtSecret?.startsWith('@') !== true) return settings
  const text = await readFile(jwtSecret.slice(1), 'utf8')
  return { ...settings, jwtSecret: text.replace(/\n$/, '') }
}

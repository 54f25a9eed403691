/** The REST module: tables, views and functions over HTTP, in PostgREST's dialect. */
import { openCatalog } from '../../db/catalog/index.ts'
import { dbToken } from '../../db/index.ts'
import { defineModule } from '../../kernel/module.ts'
import type { Prepared } from './context.ts'
import { restToken } from './index.ts'
import { restSettings } from './settings.ts'
import { ShapeCache } from './shape-cache.ts'
import { restSurface } from './surface.ts'

/** An app has tens of shapes; callers who make up ever new ones can not fill the memory. */
const shapesMax = 2000

export const restModule = defineModule({
  provides: restToken,
  needs: { db: dbToken },
  settings: restSettings,
  async start({ settings, needs, observe }) {
    const { db } = needs
    const catalog = await openCatalog({ db, schemas: settings.schemas, observe })
    const shapes = new ShapeCache<Prepared>(shapesMax)
    const context = { pool: db.requests, catalog, settings, shapes }
    return {
      api: { catalog: () => catalog.current(), reloadCatalog: () => catalog.reload() },
      surfaces: [restSurface(context)],
      stop: async () => catalog.stop(),
    }
  },
})

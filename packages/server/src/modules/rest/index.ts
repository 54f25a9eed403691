/** Front door of the REST surface. */
import type { Catalog } from '../../db/catalog/index.ts'
import { defineToken } from '../../kernel/module.ts'

export interface Rest {
  /** What is served now. */
  catalog(): Catalog
  /** Reads the catalog again; resolves when requests see what is there now. */
  reloadCatalog(): Promise<void>
}

export const restToken = defineToken<Rest>('rest')

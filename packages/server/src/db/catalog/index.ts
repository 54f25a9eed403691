/** Front door of the catalog. */
export { findFunctions, findTable, returnsVoid } from './catalog.ts'
export type {
  Catalog,
  Column,
  ColumnPair,
  JunctionRelationship,
  Parameter,
  Qualified,
  Relationship,
  Routine,
  Table,
} from './catalog.ts'
export { handlerKey, type MediaHandler } from './media-handlers.ts'
export { openCatalog, type LiveCatalog } from './live-catalog.ts'
export { loadCatalog } from './load.ts'

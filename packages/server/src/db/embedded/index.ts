/** Front door of the embedded PostgreSQL. */
export { startEmbedded, type EmbeddedPostgres } from './embedded.ts'
export { stopOrphan } from './orphan.ts'

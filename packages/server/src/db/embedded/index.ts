/** Front door of the embedded PostgreSQL. */
export { startEmbedded, type EmbeddedOptions, type EmbeddedPostgres } from './embedded.ts'
export { stopOrphan } from './orphan.ts'

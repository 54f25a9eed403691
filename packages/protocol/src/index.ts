/** What crosses the wire and is shared by server, client and studio. Depends on nothing. */
export type { Claims, Identity } from './identity.ts'
export { failures, type FailureCode, type FailureDetail, type FailureRow } from './failures/index.ts'

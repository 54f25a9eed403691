/** Names that our own SQL gives to its parts; none is one that a table is likely to have. */
import { ident } from '../../../db/index.ts'

/** What a write or a call has made. */
export const sourceName = ident('plinth_source')
/** The rows of the answer. */
export const pageName = ident('plinth_page')
/** The rows of the body. */
export const bodyAlias = 'plinth_body'
/** The result of a function that returns plain values. */
export const scalarName = ident('plinth_scalar')

/** Front door of accounts. Other modules ask `keys` who is calling; this is where users and sessions are kept. */
import { defineToken } from '../../kernel/module.ts'

export interface Auth {
  /** The `iss` of the tokens that sessions carry: the URL of this surface as clients see it. */
  readonly issuer: string
}

export const authToken = defineToken<Auth>('auth')

/** Who is asking: the PostgreSQL role a request runs under, and the token claims its policies read. */

/** The claims of a verified token, as they stand in it. */
export type Claims = Readonly<Record<string, unknown>>

export interface Identity {
  /** The PostgreSQL role to switch to, such as `anon`, `authenticated` or `service_role`. */
  readonly role: string
  readonly claims: Claims
  /** `claims` as JSON text, kept because every statement of this identity sends it. */
  readonly claimsJson: string
}

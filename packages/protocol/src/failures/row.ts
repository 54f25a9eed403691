/** The shape of a row in the failure tables. */

export interface FailureRow<Detail = never> {
  /** HTTP status of the answer. */
  readonly status: number
  /** The code that compatible clients know it by (`PGRST205`, `invalid_credentials`); its own name where absent. */
  readonly wire?: string
  /** Status and code of this case, where they are not the same for every case. */
  statusOf?(detail: Detail): number
  wireOf?(detail: Detail): string
  /** One sentence for the caller. */
  text(detail: Detail): string
  /** More about this case, where the wire has a field for it. */
  details?(detail: Detail): string | null
  /** What the caller could do about it, where the wire has a field for it. */
  hint?(detail: Detail): string | null
}

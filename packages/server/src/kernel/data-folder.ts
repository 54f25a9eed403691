/** The data folder (`.plinth/`): one running server at a time, and the secrets that belong to it. */

export interface DataFolder {
  /** Absolute path. */
  readonly path: string
  /**
   * The secret stored under `name` in keys.json (mode 0600), or what `create` makes, stored durably before it is
   * returned. Calls may overlap.
   */
  secret(name: string, create: () => string | Promise<string>): Promise<string>
}

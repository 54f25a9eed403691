/** An error that PostgreSQL reported, field by field (Protocol: Error and Notice Message Fields). */

export interface DatabaseErrorFields {
  readonly message: string
  /** SQLSTATE, five characters. */
  readonly sqlstate: string
  readonly detail?: string
  readonly hint?: string
  /** 1-based character position in the statement's text. */
  readonly position?: number
  readonly where?: string
  readonly routine?: string
  readonly constraint?: string
  readonly table?: string
  readonly schema?: string
  readonly column?: string
}

export class DatabaseError extends Error {
  override readonly name = 'DatabaseError'
  readonly fields: DatabaseErrorFields
  /** Which statement of the work failed, 0-based: their number when it was the commit, undefined when it was the scope. */
  readonly statementIndex: number | undefined

  constructor(fields: DatabaseErrorFields, statementIndex: number | undefined) {
    super(fields.message)
    this.fields = fields
    this.statementIndex = statementIndex
  }

  get sqlstate(): string {
    return this.fields.sqlstate
  }
}

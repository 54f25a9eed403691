/** The rows of one statement, as they came over the wire: bytes in text format, decoded only where asked. */

/** Type OIDs that `objects` decodes (pg_type.dat); all others stay text. */
const oid = { bool: 16, int8: 20, int2: 21, int4: 23, json: 114, jsonb: 3802, float8: 701 } as const

export interface Field {
  readonly name: string
  readonly typeOid: number
}

export class Rows {
  readonly fields: readonly Field[]
  /** One array per row, one entry per field; null is SQL null. The buffers belong to the receiver. */
  readonly cells: readonly (readonly (Buffer | null)[])[]
  /** How many rows the statement touched, from its command tag; 0 where the tag has no number. */
  readonly affected: number

  constructor(fields: readonly Field[], cells: readonly (readonly (Buffer | null)[])[], affected: number) {
    this.fields = fields
    this.cells = cells
    this.affected = affected
  }

  /** The cell as text; null for SQL null or a row or column that is not there. */
  text(row: number, column: number): string | null {
    return this.cells[row]?.[column]?.toString('utf8') ?? null
  }

  /** Rows as objects: booleans, numbers (int8 only while exact) and JSON decoded, all else as PostgreSQL writes it. */
  objects(): Record<string, unknown>[] {
    return this.cells.map((cells) =>
      Object.fromEntries(
        this.fields.map((field, index) => [field.name, decode(field.typeOid, cells[index] ?? null)]),
      ),
    )
  }
}

function decode(typeOid: number, cell: Buffer | null): unknown {
  if (cell === null) return null
  const text = cell.toString('utf8')
  switch (typeOid) {
    case oid.bool:
      return text === 't'
    case oid.int2:
    case oid.int4:
    case oid.float8:
      return Number(text)
    case oid.int8:
      return Number.isSafeInteger(Number(text)) ? Number(text) : text
    case oid.json:
    case oid.jsonb:
      return JSON.parse(text)
    default:
      return text
  }
}

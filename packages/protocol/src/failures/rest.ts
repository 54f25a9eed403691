/** Refusals of the REST surface. Codes, statuses and texts are those that PostgREST's clients know. */
import type { FailureRow } from './row.ts'

/** An error of the database as its wire shows it. `status` comes from the SQLSTATE, or from the one who raised it. */
export interface DatabaseRefusal {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly details: string | null
  readonly hint: string | null
  /** Answer headers that the one who raised it asked for. */
  readonly headers?: Readonly<Record<string, string>>
}

export interface UnsatisfiableRange {
  readonly reason: string
  /** How many rows there are, where that was counted. */
  readonly total?: number
}

const sentence = (list: readonly string[]) => list.join(', ')

const requestFailures = {
  query_invalid: {
    status: 400,
    wire: 'PGRST100',
    text: (d: { message: string; details?: string }) => d.message,
    details: (d: { message: string; details?: string }) => d.details ?? null,
  },
  call_method_invalid: {
    status: 405,
    wire: 'PGRST101',
    text: (d: { method: string }) => `Cannot use the ${d.method} method on RPC`,
  },
  body_invalid: { status: 400, wire: 'PGRST102', text: (d: { reason: string }) => d.reason },
  range_invalid: {
    status: 416,
    wire: 'PGRST103',
    text: (_: UnsatisfiableRange) => `Requested range not satisfiable`,
    details: (d: UnsatisfiableRange) => d.reason,
  },
  put_filters_invalid: {
    status: 405,
    wire: 'PGRST105',
    text: () => `Filters must include all and only primary key columns with 'eq' operators`,
  },
  schema_not_exposed: {
    status: 406,
    wire: 'PGRST106',
    text: (d: { schema: string; exposed: readonly string[] }) => `Invalid schema: ${d.schema}`,
    hint: (d: { schema: string; exposed: readonly string[] }) =>
      `Only the following schemas are exposed: ${sentence(d.exposed)}`,
  },
  media_type_unavailable: {
    status: 406,
    wire: 'PGRST107',
    text: (d: { accepted: readonly string[] }) =>
      `None of these media types are available: ${sentence(d.accepted)}`,
  },
  embed_not_selected: {
    status: 400,
    wire: 'PGRST108',
    text: (d: { name: string; alias?: string }) => `'${d.name}' is not an embedded resource in this request`,
    details: (d: { name: string; alias?: string }) =>
      d.alias === undefined ? null : `Target names are not allowed in filters if they have an alias`,
    hint: (d: { name: string; alias?: string }) =>
      d.alias === undefined
        ? `Verify that '${d.name}' is included in the 'select' query parameter.`
        : `Change '${d.name}' to '${d.alias}' in filters, orders or limits.`,
  },
  put_range_refused: {
    status: 400,
    wire: 'PGRST114',
    text: () => `limit/offset querystring parameters are not allowed for PUT`,
  },
  table_method_invalid: {
    status: 405,
    wire: 'PGRST117',
    text: (d: { method: string }) => `Unsupported HTTP method: ${d.method}`,
  },
  order_not_to_one: {
    status: 400,
    wire: 'PGRST118',
    text: (d: { origin: string; target: string }) => `A related order on '${d.target}' is not possible`,
    details: (d: { origin: string; target: string }) =>
      `'${d.origin}' and '${d.target}' do not form a many-to-one or one-to-one relationship`,
  },
  preference_invalid: {
    status: 400,
    wire: 'PGRST122',
    text: (_: { preferences: readonly string[] }) => `Invalid preferences given with handling=strict`,
    details: (d: { preferences: readonly string[] }) => `Invalid preferences: ${sentence(d.preferences)}`,
  },
  aggregates_disabled: {
    status: 400,
    wire: 'PGRST123',
    text: () => `Use of aggregate functions is not allowed`,
  },
  rest_path_invalid: { status: 404, wire: 'PGRST125', text: () => `Invalid path specified in request URL` },
  openapi_disabled: { status: 404, wire: 'PGRST126', text: () => `Root endpoint metadata is disabled` },
  not_implemented: {
    status: 400,
    wire: 'PGRST127',
    text: (_: { what: string }) => `Feature not implemented`,
    details: (d: { what: string }) => d.what,
  },
  max_affected_on_single: {
    status: 400,
    wire: 'PGRST128',
    text: () =>
      `Function must return SETOF or TABLE when max-affected preference is used with handling=strict`,
  },
} as const satisfies Record<string, FailureRow>

export interface MissingFunction {
  readonly schema: string
  readonly name: string
  /** What was searched for, as two ways to say it: `(a, b)` and ` with parameters a, b`. */
  readonly signature: string
  readonly searched: string
  readonly hint: string | null
}

const catalogFailures = {
  relationship_not_found: {
    status: 400,
    wire: 'PGRST200',
    text: (d: { parent: string; child: string; details: string; hint: string | null }) =>
      `Could not find a relationship between '${d.parent}' and '${d.child}' in the schema cache`,
    details: (d: { parent: string; child: string; details: string; hint: string | null }) => d.details,
    hint: (d: { parent: string; child: string; details: string; hint: string | null }) => d.hint,
  },
  /** `details` is JSON text: an array that the wire shows as such. */
  relationship_ambiguous: {
    status: 300,
    wire: 'PGRST201',
    text: (d: { parent: string; child: string; candidates: string; choices: string }) =>
      `Could not embed because more than one relationship was found for '${d.parent}' and '${d.child}'`,
    details: (d: { parent: string; child: string; candidates: string; choices: string }) => d.candidates,
    hint: (d: { parent: string; child: string; candidates: string; choices: string }) =>
      `Try changing '${d.child}' to one of the following: ${d.choices}. Find the desired relationship in the 'details' key.`,
  },
  function_not_found: {
    status: 404,
    wire: 'PGRST202',
    text: (d: MissingFunction) =>
      `Could not find the function ${d.schema}.${d.name}${d.signature} in the schema cache`,
    details: (d: MissingFunction) =>
      `Searched for the function ${d.schema}.${d.name}${d.searched}, but no matches were found in the schema cache.`,
    hint: (d: MissingFunction) => d.hint,
  },
  function_ambiguous: {
    status: 300,
    wire: 'PGRST203',
    text: (d: { candidates: readonly string[] }) =>
      `Could not choose the best candidate function between: ${sentence(d.candidates)}`,
    hint: () =>
      `Try renaming the parameters or the function itself in the database so function overloading can be resolved`,
  },
  column_not_found: {
    status: 400,
    wire: 'PGRST204',
    text: (d: { table: string; column: string }) =>
      `Could not find the '${d.column}' column of '${d.table}' in the schema cache`,
  },
  table_not_found: {
    status: 404,
    wire: 'PGRST205',
    text: (d: { schema: string; table: string; nearest: string | undefined }) =>
      `Could not find the table '${d.schema}.${d.table}' in the schema cache`,
    hint: (d: { schema: string; table: string; nearest: string | undefined }) =>
      d.nearest === undefined ? null : `Perhaps you meant the table '${d.schema}.${d.nearest}'`,
  },
  catalog_unavailable: {
    status: 503,
    wire: 'PGRST002',
    text: () => `Could not query the database for the schema cache. Retrying.`,
  },
} as const satisfies Record<string, FailureRow>

const resultFailures = {
  response_headers_invalid: {
    status: 500,
    wire: 'PGRST111',
    text: () =>
      `response.headers guc must be a JSON array composed of objects with a single key and a string value`,
  },
  response_status_invalid: {
    status: 500,
    wire: 'PGRST112',
    text: () => `response.status guc must be a valid status code`,
  },
  put_key_mismatch: {
    status: 400,
    wire: 'PGRST115',
    text: () => `Payload values do not match URL in primary key column(s)`,
  },
  result_not_single: {
    status: 406,
    wire: 'PGRST116',
    text: (_: { rows: number }) => `Cannot coerce the result to a single JSON object`,
    details: (d: { rows: number }) => `The result contains ${d.rows} rows`,
  },
  raise_unreadable: {
    status: 500,
    wire: 'PGRST121',
    text: (_: { details: string; hint: string }) =>
      `Could not parse JSON in the "RAISE SQLSTATE 'PGRST'" error`,
    details: (d: { details: string; hint: string }) => d.details,
    hint: (d: { details: string; hint: string }) => d.hint,
  },
  max_affected_exceeded: {
    status: 400,
    wire: 'PGRST124',
    text: (_: { rows: number }) => `Query result exceeds max-affected preference constraint`,
    details: (d: { rows: number }) => `The query affects ${d.rows} rows`,
  },
  database_refused: {
    status: 400,
    statusOf: (d: DatabaseRefusal) => d.status,
    wireOf: (d: DatabaseRefusal) => d.code,
    text: (d: DatabaseRefusal) => d.message,
    details: (d: DatabaseRefusal) => d.details,
    hint: (d: DatabaseRefusal) => d.hint,
  },
} as const satisfies Record<string, FailureRow>

export const restFailures = { ...requestFailures, ...catalogFailures, ...resultFailures }

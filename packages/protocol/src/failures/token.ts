/** Refusals of a bearer token: one row for each way in which it can be wrong. Texts and codes as PostgREST's clients know them. */
import type { FailureRow } from './row.ts'

export const tokenFailures = {
  token_secret_missing: { status: 500, wire: 'PGRST300', text: () => `Server lacks JWT secret` },
  token_missing: { status: 401, wire: 'PGRST302', text: () => `Anonymous access is disabled` },
  token_empty: {
    status: 401,
    wire: 'PGRST301',
    text: () => `Empty JWT is sent in Authorization header`,
  },
  token_malformed: {
    status: 401,
    wire: 'PGRST301',
    text: (d: { parts: number }) => `Expected 3 parts in JWT; got ${d.parts}`,
  },
  token_undecodable: {
    status: 401,
    wire: 'PGRST301',
    text: (_detail: { reason: string }) => `JWT cryptographic operation failed`,
  },
  token_algorithm_refused: {
    status: 401,
    wire: 'PGRST301',
    text: (_: { isUnsecured?: true }) => `Wrong or unsupported encoding algorithm`,
    details: (d: { isUnsecured?: true }) =>
      d.isUnsecured === true ? `JWT is unsecured but expected 'alg' was not 'none'` : null,
  },
  token_key_unknown: {
    status: 401,
    wire: 'PGRST301',
    text: () => `No suitable key or wrong key type`,
    details: () => `The token names a key (kid) that is not known here`,
  },
  token_signature_invalid: {
    status: 401,
    wire: 'PGRST301',
    text: () => `No suitable key or wrong key type`,
    details: () => `None of the keys was able to decode the JWT`,
  },
  token_expired: { status: 401, wire: 'PGRST303', text: () => `JWT expired` },
  token_not_yet_valid: { status: 401, wire: 'PGRST303', text: () => `JWT not yet valid` },
  token_issued_in_future: { status: 401, wire: 'PGRST303', text: () => `JWT issued at future` },
  token_audience_refused: { status: 401, wire: 'PGRST303', text: () => `JWT not in audience` },
  token_claims_invalid: {
    status: 401,
    wire: 'PGRST303',
    text: (d: { reason: string }) => d.reason,
  },
  token_role_unknown: {
    status: 401,
    wire: '22023',
    text: (d: { role: string }) => `role "${d.role}" does not exist`,
  },
} as const satisfies Record<string, FailureRow>

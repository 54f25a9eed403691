/**
 * Refusals of the auth surface. Codes, statuses and texts are those that GoTrue's clients know. Where GoTrue gives one
 * code several statuses, each has its own row here and `wire` says the code.
 */
import type { FailureRow } from './row.ts'

export const authFailures = {
  invalid_credentials: { status: 400, text: () => `Invalid login credentials` },
  unsupported_grant_type: {
    status: 400,
    wire: 'invalid_credentials',
    text: () => `unsupported_grant_type`,
  },
  bad_json: {
    status: 400,
    text: (d: { reason: string }) => `Could not parse request body as JSON: ${d.reason}`,
  },
  validation_failed: { status: 400, text: (d: { message: string }) => d.message },
  user_id_invalid: {
    status: 404,
    wire: 'validation_failed',
    text: () => `user_id must be an UUID`,
  },
  weak_password: {
    status: 422,
    text: (d: { message: string; reasons: readonly string[] }) => d.message,
  },
  user_already_exists: { status: 422, text: () => `User already registered` },
  email_exists: {
    status: 422,
    text: () => `A user with this email address has already been registered`,
  },
  phone_exists: { status: 422, text: () => `Phone number already registered by another user` },
  signup_disabled: { status: 422, text: () => `Signups not allowed for this instance` },
  anonymous_provider_disabled: { status: 422, text: () => `Anonymous sign-ins are disabled` },
  email_signup_disabled: {
    status: 400,
    wire: 'email_provider_disabled',
    text: () => `Email signups are disabled`,
  },
  email_login_disabled: {
    status: 422,
    wire: 'email_provider_disabled',
    text: () => `Email logins are disabled`,
  },
  phone_signup_disabled: {
    status: 400,
    wire: 'phone_provider_disabled',
    text: () => `Phone signups are disabled`,
  },
  phone_login_disabled: {
    status: 422,
    wire: 'phone_provider_disabled',
    text: () => `Phone logins are disabled`,
  },
  phone_otp_disabled: {
    status: 400,
    wire: 'phone_provider_disabled',
    text: () => `Unsupported phone provider`,
  },
  phone_resend_disabled: {
    status: 400,
    wire: 'phone_provider_disabled',
    text: () => `Phone logins are disabled`,
  },
  email_resend_disabled: {
    status: 400,
    wire: 'email_provider_disabled',
    text: () => `Email logins are disabled`,
  },
  email_not_confirmed: { status: 400, text: () => `Email not confirmed` },
  user_banned: { status: 400, text: (d: { message: string }) => d.message },
  user_banned_now: { status: 403, wire: 'user_banned', text: () => `User is banned` },
  validation_unprocessable: {
    status: 422,
    wire: 'validation_failed',
    text: (d: { message: string }) => d.message,
  },
  reauthentication_needed: { status: 400, text: () => `Password update requires reauthentication` },
  same_password: {
    status: 422,
    text: () => `New password should be different from the old password.`,
  },
  password_of_anonymous: {
    status: 422,
    wire: 'validation_failed',
    text: () => `Updating password of an anonymous user without an email or phone is not allowed`,
  },
  refresh_token_malformed: {
    status: 400,
    wire: 'validation_failed',
    text: () => `Refresh token is not valid`,
  },
  refresh_token_not_found: {
    status: 400,
    text: () => `Invalid Refresh Token: Refresh Token Not Found`,
  },
  refresh_token_already_used: { status: 400, text: () => `Invalid Refresh Token: Already Used` },
  session_expired: { status: 400, text: () => `Invalid Refresh Token: Session Expired` },
  session_not_found: {
    status: 403,
    text: () => `Session from session_id claim in JWT does not exist`,
  },
  user_not_found: { status: 404, text: () => `User not found` },
  token_user_not_found: {
    status: 403,
    wire: 'user_not_found',
    text: () => `User from sub claim in JWT does not exist`,
  },
  bad_jwt: { status: 403, text: (d: { reason: string }) => d.reason },
  not_admin: { status: 403, text: (d: { message: string }) => d.message },
  over_request_rate_limit: { status: 429, text: () => `Request rate limit reached` },
  email_address_invalid: {
    status: 400,
    text: (d: { address: string }) => `Email address "${d.address}" is invalid`,
  },
  over_email_send_rate_limit: { status: 429, text: (d: { message: string }) => d.message },
  template_invalid: {
    status: 500,
    wire: 'unexpected_failure',
    text: (d: { file: string; line: number; reason: string }) => `${d.file}:${d.line}: ${d.reason}`,
  },
  otp_expired: { status: 403, text: (d: { message: string }) => d.message },
  otp_disabled: { status: 422, text: () => `Signups not allowed for otp` },
  flow_state_not_found: {
    status: 404,
    text: () => `invalid flow state, no valid flow state found`,
  },
  flow_state_of_user_not_found: {
    status: 400,
    wire: 'flow_state_not_found',
    text: () => `No associated flow state found`,
  },
  flow_state_expired: {
    status: 422,
    text: () => `invalid flow state, flow state has expired`,
  },
  bad_code_verifier: {
    status: 400,
    text: () => `code challenge does not match previously saved code verifier`,
  },
  email_unverified: {
    status: 422,
    wire: 'email_not_confirmed',
    text: () => `Please verify your email first.`,
  },
  reauthentication_not_valid: { status: 422, text: () => `Nonce has expired or is invalid` },
  current_password_required: {
    status: 400,
    text: () => `Current password required when setting new password.`,
  },
  current_password_invalid: {
    status: 400,
    text: () => `Current password required when setting new password.`,
  },
  email_user_not_found: {
    status: 404,
    wire: 'user_not_found',
    text: () => `User with this email not found`,
  },
  user_sso_managed: {
    status: 422,
    text: () => `Updating email, phone, password of a SSO account only possible via SSO`,
  },
  manual_linking_disabled: { status: 404, text: () => `Manual linking is disabled` },
  identity_id_invalid: {
    status: 404,
    wire: 'validation_failed',
    text: () => `identity_id must be an UUID`,
  },
  identity_not_found: { status: 422, text: () => `Identity doesn't exist` },
  single_identity_not_deletable: {
    status: 422,
    text: () => `User must have at least 1 identity after unlinking`,
  },
  email_conflict_identity_not_deletable: {
    status: 422,
    text: () => `Unable to unlink identity due to email conflict`,
  },
  auth_storage_failed: {
    status: 500,
    wire: 'unexpected_failure',
    text: (d: { message: string }) => d.message,
  },
} as const satisfies Record<string, FailureRow>

/** Says in plain words what went wrong, and what to do about it. */

const texts: Record<string, string> = {
  invalid_credentials: 'E-mail or password is wrong.',
  user_already_exists: 'There is already an account with this e-mail. Sign in instead.',
  email_exists: 'There is already an account with this e-mail. Sign in instead.',
  email_address_invalid: 'This does not look like an e-mail address.',
  validation_failed: 'This does not look like an e-mail address.',
  email_not_confirmed: 'Confirm your e-mail first: the server has sent you a link.',
  signup_disabled: 'This server takes no new accounts.',
  weak_password: 'Choose a longer password: at least 8 characters.',
  over_request_rate_limit: 'Too many attempts. Wait a minute, then try again.',
  '23505': 'This is on your list already.',
  '23514': 'A title needs 1 to 200 characters.',
}

/** A sentence for the user. What is not in the table keeps the server's own words. */
export function failureText(failure: unknown): string {
  if (isServerAway(failure)) return 'The server does not answer. Is it running?'
  const code = failureCode(failure)
  if (code !== undefined && code in texts) return texts[code] ?? ''
  return failure instanceof Error && failure.message ? failure.message : 'Something went wrong.'
}

/** The server no longer takes this session: it expired, or the database behind it is a new one. */
export function isSessionOver(failure: unknown): boolean {
  const code = failureCode(failure) ?? ''
  if (code.startsWith('PGRST30') || code === 'bad_jwt' || code === 'session_not_found') return true
  return code === '23503' && failure instanceof Error && failure.message.includes('user_id')
}

// Browsers each word a failed fetch differently, and supabase-js passes the words on without a code.
function isServerAway(failure: unknown): boolean {
  if (!(failure instanceof Error)) return false
  return /failed to fetch|networkerror|load failed|fetch failed/i.test(failure.message)
}

function failureCode(failure: unknown): string | undefined {
  if (typeof failure !== 'object' || failure === null || !('code' in failure)) return undefined
  return typeof failure.code === 'string' ? failure.code : undefined
}

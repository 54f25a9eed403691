/** E-mail addresses: which are accepted, and how they are kept. */
import { Failure } from '../../kernel/failure.ts'

const emailCharsMax = 255
/** What HTML's email input accepts (WHATWG HTML, "valid e-mail address"). */
const pattern =
  /^[\w.!#$%&'*+/=?^`{|}~-]+@[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?)*$/i

/** The address in lower case, or a refusal. */
export function readEmail(email: string): string {
  if (email === '') throw new Failure('validation_failed', { message: 'An email address is required' })
  if (email.length > emailCharsMax)
    throw new Failure('validation_failed', { message: 'An email address is too long' })
  if (!pattern.test(email))
    throw new Failure('validation_failed', {
      message: 'Unable to validate email address: invalid format',
    })
  return email.toLowerCase()
}

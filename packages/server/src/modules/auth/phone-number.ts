/** Phone numbers: E.164 without the plus sign. */
import { Failure } from '../../kernel/failure.ts'

/** The number as it is kept, or a refusal. */
export function readPhone(phone: string): string {
  const digits = phone.replaceAll(' ', '').replace(/^\+/, '')
  if (/^[1-9]\d{1,14}$/.test(digits)) return digits
  throw new Failure('validation_failed', { message: 'Invalid phone number format (E.164 required)' })
}

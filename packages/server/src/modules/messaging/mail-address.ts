/** Addresses as they may stand in an envelope: one, without a name, and without anything that could begin another line. */
import { Failure } from '../../kernel/failure.ts'

const charsMax = 320
const pattern = /^[^\s<>()[\]\\,;:"@\p{Cc}]+@[^\s<>()[\]\\,;:"@\p{Cc}]+$/u

/** The address as it is, or a refusal with `email_address_invalid`. */
export function refuseBadAddress(address: string): string {
  if (address.length <= charsMax && pattern.test(address)) return address
  throw new Failure('email_address_invalid', { address: address.slice(0, charsMax) })
}

/** What a password must be. */
import { Failure } from '../../kernel/failure.ts'

export interface PasswordRules {
  readonly passwordLengthMin: number
  readonly passwordRequirements: keyof typeof characterSets
}

/** Longer ones would only cost time; nobody types them. */
const passwordBytesMax = 1024

const lower = 'abcdefghijklmnopqrstuvwxyz'
const upper = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const digits = '0123456789'
const symbols = '!@#$%^&*()_+-=[]{};\'\\:"|<>?,./`~'

const characterSets = {
  '': [],
  letters_digits: [lower + upper, digits],
  lower_upper_letters_digits: [lower, upper, digits],
  lower_upper_letters_digits_symbols: [lower, upper, digits, symbols],
} as const satisfies Record<string, readonly string[]>

export interface Weakness {
  readonly message: string
  readonly reasons: readonly string[]
}

export function isTooLong(password: string): boolean {
  return Buffer.byteLength(password) > passwordBytesMax
}

/** Refuses a password that is too long or too weak. */
export function refuseWeakPassword(password: string, rules: PasswordRules): void {
  if (isTooLong(password))
    throw new Failure('validation_failed', {
      message: `Password cannot be longer than ${passwordBytesMax} bytes`,
    })
  const weakness = weaknessOf(password, rules)
  if (weakness !== undefined) throw new Failure('weak_password', weakness)
}

/** What is weak about a password; undefined when nothing is. */
export function weaknessOf(password: string, rules: PasswordRules): Weakness | undefined {
  const problems = [lengthProblem(password, rules), characterProblem(password, rules)].filter(
    (problem) => problem !== undefined,
  )
  if (problems.length === 0) return undefined
  return {
    message: problems.map((problem) => problem.message).join(' '),
    reasons: problems.map((problem) => problem.reason),
  }
}

interface Problem {
  readonly reason: string
  readonly message: string
}

function lengthProblem(password: string, rules: PasswordRules): Problem | undefined {
  const { passwordLengthMin } = rules
  if (Array.from(password).length >= passwordLengthMin) return undefined
  return {
    reason: 'length',
    message: `Password should be at least ${passwordLengthMin} characters.`,
  }
}

function characterProblem(password: string, rules: PasswordRules): Problem | undefined {
  const sets = characterSets[rules.passwordRequirements]
  const isComplete = sets.every((set) => Array.from(password).some((character) => set.includes(character)))
  if (isComplete) return undefined
  return {
    reason: 'characters',
    message: `Password should contain at least one character of each: ${sets.join(', ')}.`,
  }
}

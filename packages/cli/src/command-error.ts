/** A refusal of the command line itself, such as an unknown flag: a sentence, what to do, and an exit code. */
import type { ExitName } from './exit-codes.ts'

export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exit: ExitName
  readonly advice: string | undefined

  constructor(exit: ExitName, message: string, advice?: string) {
    super(message)
    this.exit = exit
    this.advice = advice
  }
}

/** Settings of the command itself: how it speaks. They have names like every other setting. */
import { oneOf, toggle } from '@plinth/server'

export const outputSettings = {
  json: toggle({
    env: 'PLINTH_JSON',
    flag: 'json',
    default: false,
    help: 'Print one line of JSON with the fields of "plinth status --json", and nothing else, to standard output.',
  }),
  quiet: toggle({
    env: 'PLINTH_QUIET',
    flag: 'quiet',
    default: false,
    help: 'Print warnings and errors only.',
  }),
  showSecrets: toggle({
    env: 'PLINTH_SHOW_SECRETS',
    flag: 'show-secrets',
    default: false,
    help: 'Print the service key and the database password in the summary too.',
  }),
  output: oneOf({
    env: 'PLINTH_OUTPUT',
    flag: 'output',
    values: ['text', 'json', 'env'],
    default: 'text',
    help: 'Form of the output of "plinth status": for people, as JSON, or as lines NAME="value".',
  }),
} as const

/** The environment as the server may read it: it refuses names that it does not know. */
export function withoutOwnNames(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  const own = new Set(Object.values(outputSettings).flatMap((setting) => setting.env))
  return Object.fromEntries(Object.entries(env).filter(([name]) => !own.has(name)))
}

/**
 * Reads the steps of the bootstrap from the .sql files beside. A step begins with `-- step: <what it sets up>`; then come
 * `-- unless: <condition>` (true when there is nothing to do), or `-- variant: <setting>` (done once for each value of
 * the setting); `-- required` (without it nothing can work) and `-- effect: <what it means when it is refused>`.
 * `--   ` goes on with the line above.
 */
import { readFileSync } from 'node:fs'
import { assert } from '../../kernel/failure.ts'

export interface Step {
  readonly what: string
  /** SQL condition: true when the step has nothing to do. Absent for a step that is done once and then remembered. */
  readonly unless: string | undefined
  /** The setting whose value decides what the step does. */
  readonly variant: string | undefined
  readonly isRequired: boolean
  readonly effect: string
  readonly sql: string
}

/** In the order in which they build on each other. Files are copied beside the built code. */
const files = {
  own: ['plinth'],
  roles: ['roles'],
  contents: ['schemas', 'extensions', 'auth-functions', 'privileges', 'realtime', 'schema-watch'],
} as const

/** `own`: what Plinth remembers itself by; `roles`; `contents`: everything that needs these two. */
export function readSteps(part: keyof typeof files): Step[] {
  return files[part].flatMap((file) =>
    parseSteps(readFileSync(new URL(`./sql/${file}.sql`, import.meta.url), 'utf8')),
  )
}

export function parseSteps(text: string): Step[] {
  const [, ...sections] = text.split(/^-- step: /m)
  return sections.map(parseStep)
}

function parseStep(section: string): Step {
  const lines = section.split('\n')
  const headEnd = lines.findIndex((line, index) => index > 0 && !line.startsWith('-- '))
  const head = lines.slice(1, headEnd).join('\n').replaceAll('\n--   ', ' ')
  const what = lines[0] ?? ''
  const effect = headerOf(head, 'effect')
  assert(effect !== undefined, `step "${what}" does not say what it means when it is refused`)
  const step = {
    what,
    unless: headerOf(head, 'unless'),
    variant: headerOf(head, 'variant'),
    isRequired: /^-- required$/m.test(head),
    effect,
    sql: lines.slice(headEnd).join('\n').trim(),
  }
  assert(
    (step.unless === undefined) !== (step.variant === undefined),
    `step "${what}" must say when it is done`,
  )
  return step
}

function headerOf(head: string, name: string): string | undefined {
  return new RegExp(`^-- ${name}: (.*)$`, 'm').exec(head)?.[1]
}

/** The summary that `plinth start` prints when the backend is ready, and the lines that `plinth status` prints. */
import type { Status } from '@plinth/server'
import type { Paint } from './terminal.ts'

export interface Summary {
  readonly status: Status
  /** Where the project's page is, or ours while it has none. */
  readonly pageUrl: string
  /** From the start of the process until ready. */
  readonly durationMs: number
  readonly showSecrets: boolean
  /** Prints all keys of this server. */
  readonly statusCommand: string
}

type Line = readonly [label: string, value: string | null | undefined]

export function startSummary(summary: Summary, paint: Paint): string {
  const { status, pageUrl, durationMs, showSecrets } = summary
  const seconds = (durationMs / 1000).toFixed(durationMs < 10_000 ? 1 : 0)
  const addresses: Line[] = [
    ['Page', pageUrl],
    ['API', status.api_url],
    ['Studio', status.studio_url],
    ['Database', showSecrets ? status.db_url : withoutPassword(status.db_url)],
  ]
  const keys: Line[] = [
    ['Anon key', status.anon_key],
    ['Service key', showSecrets ? status.service_role_key : undefined],
  ]
  return [
    '',
    `  ${paint('bold', `Plinth ${status.version}`)} ${paint('green', `is ready after ${seconds} s`)}`,
    '',
    ...table(addresses, paint),
    '',
    ...table(keys, paint),
    '',
    ...table(
      [
        ['Next', `open ${pageUrl}`],
        ['All keys', showSecrets ? undefined : summary.statusCommand],
        ['Stop', 'Ctrl+C'],
      ],
      paint,
    ),
    '',
    '',
  ].join('\n')
}

export function statusText(status: Status, paint: Paint): string {
  return [
    '',
    `  ${paint('bold', `Plinth ${status.version}`)} ${paint('green', 'is running')} ${paint('dim', `(pid ${status.pid})`)}`,
    '',
    ...table(
      [
        ['API', status.api_url],
        ['Studio', status.studio_url],
        ['Database', status.db_url],
        ['S3', status.s3_url],
      ],
      paint,
    ),
    '',
    ...table(
      [
        ['Anon key', status.anon_key],
        ['Service key', status.service_role_key],
        ['Publishable', status.publishable_key],
        ['Secret', status.secret_key],
        ['JWT secret', status.jwt_secret],
        ['S3 access', status.s3_access_key],
        ['S3 secret', status.s3_secret_key],
      ],
      paint,
    ),
    '',
    '',
  ].join('\n')
}

/** Wide enough for the longest label. */
const labelWidth = 13

/** Labels and values under each other; a line without a value is left out. */
function table(lines: readonly Line[], paint: Paint): string[] {
  return lines.flatMap(([label, value]) =>
    value === null || value === undefined ? [] : [`  ${paint('dim', label.padEnd(labelWidth))}${value}`],
  )
}

function withoutPassword(url: string): string {
  const parsed = new URL(url)
  parsed.password = ''
  return parsed.href
}

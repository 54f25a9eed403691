/** The page of all refusals. */
import { failures, type FailureRow } from '@plinth/protocol'

export function failuresPage(): string {
  const rows: [string, FailureRow<unknown>][] = Object.entries(failures)
  const lines = rows
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, row]) => `| \`${code}\` | ${row.status} | ${wireCode(row)} | ${cell(words(row))} |`)
  const head = '| Name | Status | Code on the wire | Says |\n| --- | --- | --- | --- |'
  return `# Failures\n\n${introduction}\n\n${head}\n${lines.join('\n')}\n`
}

const introduction =
  'Made from the failure tables by `npm run docs`: every way in which Plinth refuses. `<name>` stands for what the ' +
  'refusal says about its case. Where a compatible wire knows a refusal by another code, that is the code on the wire.'

function wireCode(row: FailureRow<unknown>): string {
  return row.wire === undefined ? '' : `\`${row.wire}\``
}

/** The sentence of a row, with the names of its details in their places. */
function words(row: FailureRow<unknown>): string {
  const names = new Proxy({}, { get: (_, name) => `<${String(name)}>` })
  try {
    return row.text(names)
  } catch {
    return '(depends on the case)'
  }
}

/** As text in one cell: no bars, no line ends, no tags. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ').replaceAll('<', '\\<')
}

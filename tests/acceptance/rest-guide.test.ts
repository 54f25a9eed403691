/** The examples of docs/guides/rest.md, taken from its text and run in its order: request above the line, answer below. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer, type TestServer } from '../start-server.ts'

const page = path.join(import.meta.dirname, '../../docs/guides/rest.md')
const project = path.join(import.meta.dirname, 'guide')
const examples = readExamples(readFileSync(page, 'utf8'))
let server: TestServer

beforeAll(async () => {
  server = await startServer({ project })
})
afterAll(async () => server.stop())

interface Half {
  readonly first: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string | undefined
}

interface Example {
  readonly line: number
  readonly request: Half
  readonly answer: Half
}

function readExamples(text: string): readonly Example[] {
  return [...text.matchAll(/^```http\n([^]*?)^```$/gm)].map((found) => {
    const line = text.slice(0, found.index).split('\n').length
    const [request, answer, more] = (found[1] ?? '').split(/^---\n/m)
    if (request === undefined || answer === undefined || more !== undefined)
      throw new Error(`the example in line ${line} is not a request, a line --- and an answer`)
    return { line, request: readHalf(request), answer: readHalf(answer) }
  })
}

/** A first line, headers, and behind an empty line the body. */
function readHalf(text: string): Half {
  const [head = '', ...rest] = text.split('\n\n')
  const [first = '', ...lines] = head.trim().split('\n')
  const headers = lines.map((line): readonly [string, string] => {
    const colon = line.indexOf(': ')
    return [line.slice(0, colon), line.slice(colon + 2)]
  })
  return { first, headers, body: rest.length === 0 ? undefined : rest.join('\n\n').replace(/\n$/, '') }
}

async function send({ first, headers: given, body }: Half): Promise<Response> {
  const [method, ...target] = first.split(' ')
  const headers = new Headers({ apikey: server.anonKey })
  if (body !== undefined) headers.set('content-type', 'application/json')
  for (const [name, value] of given) {
    headers.set(name, value.replace('SERVICE_ROLE_KEY', server.serviceRoleKey))
  }
  return fetch(`${server.apiUrl}${encodeURI(target.join(' '))}`, {
    method: method ?? '',
    headers,
    body: body ?? null,
  })
}

/** JSON in one form, with its keys in their order; all else as it is. */
function normal(text: string, type: string | null): string {
  return type?.includes('json') === true ? JSON.stringify(JSON.parse(text), null, 1) : text.replace(/\n$/, '')
}

describe('docs/guides/rest.md', () => {
  test('has examples, each of another kind', () => {
    const requests = examples.map(({ request }) => JSON.stringify(request))
    expect(requests.length).toBeGreaterThan(100)
    expect(new Set(requests).size).toBe(requests.length)
  })

  test.each(examples)('line $line: $request.first', async ({ request, answer }) => {
    const response = await send(request)
    const text = await response.text()
    expect(`${response.status}\n${text}`).toMatch(new RegExp(`^${answer.first}\n`))
    for (const [name, value] of answer.headers) expect(response.headers.get(name)).toBe(value)
    if (answer.body === '…') expect(text).not.toBe('')
    else if (answer.body === undefined) expect(text).toBe('')
    else {
      const type = response.headers.get('content-type')
      expect(normal(text, type)).toBe(normal(answer.body, type))
    }
  })
})

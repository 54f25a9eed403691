/**
 * Hostile URLs over HTTP: whatever is asked, the answer is a documented one. It is never a 5xx, and never holds a stack
 * or SQL. More of them by HOSTILE_URLS.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { httpClient, type HttpAnswer, type HttpClient, type HttpRequest } from '../http-client.ts'
import { startServer, type TestServer } from '../start-server.ts'

const count = Number(process.env['HOSTILE_URLS'] ?? 3000)
const seed = Number(process.env['HOSTILE_SEED'] ?? 20_261_120)
const connections = 16
let server: TestServer
let client: HttpClient

beforeAll(async () => {
  server = await startServer({ project: new URL('guide', import.meta.url).pathname })
  client = httpClient(server.apiUrl, connections)
})
afterAll(async () => {
  client.close()
  await server.stop()
})

/** Names that exist, so that requests get as far as the database, and what breaks parsers. */
const filmColumns = `id title year minutes silent genres facts director_id`
const columns = `${filmColumns} name born days film_id level joined decade`
const relations = `directors films roles actors posters loans cinemas members latest_film reviews long_films`
const signs = `* , . ( ) ! : :: " \\ -> ->> { } [ ] $1 ' ; -- /* ... - % + & = # ? / | ~ ^ < > @ \` %00 %ff %c3%28 %zz %27 %22 %5c %2e%2e`
const phrases = `eq. in.( is.null not. and( or( fts( like(any). match. cs.{ cd.[ sl. adj. isdistinct. 5 -1 0 1e400 99999999999999999999 NaN
  infinity null true !inner !left count() sum() .sum() .avg() ::int ::text ::json ::regclass ::"char" desc nullsfirst
  pg_sleep(9) union select version() é 漢 😀 \u0301 {1,2} [1,2) {"a":1} 2026-02-30 (((((((( )))))))) [[[[[[[[ *+?{ (?=a)`
const words = (text: string): readonly string[] => text.split(/\s+/).filter((word) => word !== '')
const word = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...words(columns)) },
  { weight: 3, arbitrary: fc.constantFrom(...words(relations)) },
  { weight: 4, arbitrary: fc.constantFrom(...words(signs)) },
  { weight: 4, arbitrary: fc.constantFrom(...words(phrases)) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 5 }) },
)
const noise = fc.array(word, { maxLength: 9 }).map((parts) => parts.join(''))

/** Requests that are nearly right: right forms, with anything as name and value. */
const name = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...words(filmColumns)) },
  { weight: 1, arbitrary: fc.constantFrom(...words(columns)) },
  { weight: 1, arbitrary: noise },
)
const value = fc.oneof(fc.constantFrom(...words(phrases)), noise, fc.string({ unit: 'binary', maxLength: 8 }))
const operator = fc.constantFrom(
  ...words(`eq neq gt gte lt lte like ilike match imatch is isdistinct cs cd ov sl sr nxr nxl adj fts plfts(english) phfts(nonsense) wfts
    eq(any) like(all) match(any) not.eq not.in not.is`),
)
const leaf = fc.tuple(name, operator, value).map(([n, o, v]) => `${n}.${o}.${v}`)
const tree = fc.array(leaf, { minLength: 1, maxLength: 3 }).map((leaves) => `(${leaves.join(',')})`)
const item = fc.oneof(
  name,
  fc
    .tuple(name, fc.constantFrom('::int', '::text', '::nonsense', '->a', '->>0', '.sum()', '.max()::text'))
    .map((p) => p.join('')),
  fc.tuple(fc.constantFrom(...words(relations)), name).map(([r, n]) => `${r}(${n})`),
  fc.tuple(fc.constantFrom(...words(relations)), noise).map(([r, n]) => `...${r}!inner(*,${n})`),
  fc.constant('count()'),
)
const pair = fc.oneof(
  fc.tuple(name, operator, value).map(([n, o, v]) => [n, `${o}.${v}`] as const),
  fc.tuple(fc.constantFrom('and', 'or', 'not.or', 'films.or'), tree),
  fc
    .tuple(fc.constantFrom('select', 'columns', 'on_conflict', 'order'), fc.array(item, { maxLength: 4 }))
    .map(([key, items]) => [key, items.join(',')] as const),
  fc
    .tuple(name, fc.constantFrom('', '.desc', '.asc.nullsfirst', '.up'))
    .map(([n, way]) => ['order', `${n}${way}`] as const),
  fc.tuple(fc.constantFrom('limit', 'offset', 'films.limit', 'films.offset'), value),
  fc.tuple(noise, noise),
)

/** Half of them escape what must be escaped, the others only what no HTTP client would send. */
const escaped = (text: string): string => encodeURIComponent(Buffer.from(text, 'utf8').toString('utf8'))
const careless = (text: string): string =>
  text.replaceAll(/[^\x21-\x7e]+|#/gu, (part) => escaped(part)).replaceAll('&', '%26')
const query = fc
  .tuple(fc.constantFrom(escaped, careless), fc.array(pair, { maxLength: 3 }))
  .map(([write, pairs]) => pairs.map(([key, text]) => `${write(key)}=${write(text)}`).join('&'))

const target = fc.oneof(
  { weight: 20, arbitrary: fc.constant('films') },
  { weight: 4, arbitrary: fc.constantFrom(...words(relations)) },
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      ...words('years_since films_of longest titles shout programme decade').map((f) => `rpc/${f}`),
    ),
  },
  { weight: 2, arbitrary: noise.map(careless) },
  { weight: 1, arbitrary: noise.map((text) => `rpc/${careless(text)}`) },
)
const header = noise.map((text) => text.replaceAll(/[^\x20-\x7e]/g, ''))
const wildHeaders = fc.record(
  {
    prefer: fc.oneof(
      header,
      fc.constantFrom(
        'count=exact',
        'count=planned',
        'return=representation',
        'timezone=Nowhere/Land',
        'handling=strict, max-affected=0',
      ),
    ),
    accept: fc.oneof(
      header,
      fc.constantFrom(
        'text/csv',
        'application/vnd.pgrst.object+json',
        'application/vnd.pgrst.plan+json; options=verbose',
      ),
    ),
    range: header,
    'accept-profile': fc.oneof(header, fc.constant('archive')),
    'content-type': fc.oneof(
      header,
      fc.constantFrom('application/json', 'text/csv', 'text/plain', 'application/x-www-form-urlencoded'),
    ),
  },
  { requiredKeys: [] },
)
/** A wild `Accept` alone refuses nearly everything: most requests say nothing of the kind. */
const headers = fc.oneof({ weight: 4, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: wildHeaders })
const body = fc.oneof(fc.constant('{"id":1,"title":"x","year":1}'), fc.json(), noise)

const asked = fc
  .record({
    method: fc.constantFrom('GET', 'GET', 'GET', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PATCH', 'PUT', 'DELETE'),
    target,
    query,
    headers,
    body,
  })
  .map((wish): HttpRequest => {
    const isSafe = ['GET', 'HEAD', 'OPTIONS'].includes(wish.method)
    // Nothing is to stay: the rows are there for those that come after.
    const kept = Object.entries(wish.headers).filter((entry) => typeof entry[1] === 'string')
    const sent: Record<string, string> = Object.fromEntries(kept)
    if (!isSafe) sent['prefer'] = `tx=rollback, ${sent['prefer'] ?? ''}`
    const path = `/rest/v1/${wish.target}?${wish.query}`
    return { method: wish.method, path, headers: sent, body: isSafe ? '' : wish.body }
  })

const documented = new Set([200, 201, 204, 206, 300, 400, 401, 403, 404, 405, 406, 409, 413, 415, 416])
/** Words of our SQL, of stacks and of our files: none of them is in the URLs. CSV calls the value of a function by one. */
const leaks =
  /json_agg|row_to_json|set_config|plinth_(?!scalar\b)|\bcoalesce\b|lateral|node_modules|\.ts:\d|\n\s+at \S/i

function complaint(request: HttpRequest, { status, headers: told, text }: HttpAnswer): string | undefined {
  if (!documented.has(status)) return 'the status'
  const isPlan = (told['content-type'] ?? '').includes('plan')
  if (!isPlan && leaks.test(text)) return 'what is in the body'
  if (status < 400 || request.method === 'HEAD') return undefined
  const refusal: unknown = JSON.parse(text)
  if (typeof refusal !== 'object' || refusal === null) return 'the form of the body'
  const { code, message } = Object.fromEntries(Object.entries(refusal))
  if (typeof message !== 'string' || message === '') return 'the message'
  // Of tsqueries the caller writes the syntax, of SQL we do.
  if (code === '42601' && !message.startsWith('syntax error in tsquery'))
    return 'SQL that PostgreSQL cannot read'
  return undefined
}

test(`${count} hostile URLs are answered as documented`, { timeout: 60_000 + count * 10 }, async () => {
  const requests = fc.sample(asked, { numRuns: count, seed })
  const wrong: string[] = []
  const seen = new Map<number, number>()
  let at = 0
  const one = async (): Promise<void> => {
    for (let request = requests[at++]; request !== undefined; request = requests[at++]) {
      const answer = await client.send({
        ...request,
        headers: { apikey: server.anonKey, ...request.headers },
      })
      if (answer === undefined) continue
      seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1)
      const why = complaint(request, answer)
      if (why !== undefined)
        wrong.push(`${why}: ${JSON.stringify(request)}: ${answer.status} ${answer.text.slice(0, 300)}`)
    }
  }
  await Promise.all(Array.from({ length: connections }, one))
  expect(wrong.slice(0, 10)).toEqual([])
  // Some got through, and some of each kind of refusal: the corpus is not only noise.
  expect(seen.get(200)).toBeGreaterThan(count / 50)
  expect(seen.get(400)).toBeGreaterThan(count / 10)
  expect(seen.get(404)).toBeGreaterThan(count / 50)
})

test('and the server is as it was', async () => {
  const counted = { apikey: server.anonKey, prefer: 'count=exact' }
  const answer = await client.send({ path: '/rest/v1/films?select=id&limit=0', headers: counted })
  expect(answer?.headers['content-range']).toBe('*/7')
})

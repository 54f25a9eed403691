/** What is refused before anything reaches the database: code, status, and the words that clients know. */
import { describe, expect, test } from 'vitest'
import { Failure } from '../../../kernel/failure.ts'
import { requestOf, type CallInput } from '../test/call.ts'
import { catalog } from '../test/catalog.ts'
import { planRequest } from './index.ts'
import type { PlanRules } from './level.ts'

async function refusalOf(path: string, input?: CallInput): Promise<Failure> {
  try {
    planRequest(await requestOf(path, input), catalog, { maxRows: 1000 })
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
  throw new Error(`${path} was not refused`)
}

const post = (body: string, headers: Record<string, string> = {}): CallInput => ({
  method: 'POST',
  body,
  headers,
})

describe('the URL', () => {
  test.each<readonly [path: string, message: string, details: string]>([
    [
      '/clients?id=0',
      '"failed to parse filter (0)" (line 1, column 1)',
      'unexpected "0" expecting "not" or operator (eq, gt, ...)',
    ],
    [
      '/clients?or=()',
      '"failed to parse logic tree (())" (line 1, column 4)',
      'unexpected ")" expecting field name (* or [a..z0..9_$]), negation operator (not) or logic operator (and, or)',
    ],
    [
      '/clients?order=id.asc.nullslasttt',
      '"failed to parse order (id.asc.nullslasttt)" (line 1, column 17)',
      `unexpected 't' expecting "," or end of input`,
    ],
    [
      '/clients?select=data->>--34',
      '"failed to parse select parameter (data->>--34)" (line 1, column 9)',
      'unexpected "-" expecting digit',
    ],
    [
      '/clients?columns=',
      '"failed to parse columns parameter ()" (line 1, column 1)',
      'unexpected end of input expecting field name (* or [a..z0..9_$])',
    ],
    ['/clients?id=eq.%FF', 'failed to parse the query string', 'it holds escapes that are not UTF-8'],
    ['/clients?id=eq.%00', 'failed to parse the query string', 'it holds a NUL character'],
  ])('%s', async (path, message, details) => {
    const failure = await refusalOf(path)
    expect([failure.status, failure.wireCode, failure.message, failure.details]).toEqual([
      400,
      'PGRST100',
      message,
      details,
    ])
  })

  test.each([
    '/clients?id=in.1',
    '/clients?id=is.nul',
    '/clients?id=not.5',
    '/clients?id=eq(some).5',
    '/clients?select=a(b',
    '/clients?select=(a)',
    '/clients?select=*(a)',
    '/clients?select=a;b',
    "/clients?select=a'--",
    '/clients?order=id.up',
    '/clients?order=id;drop',
    '/clients?and=(id.eq.1',
    '/clients?a%3Bb=eq.1',
    `/clients?select=${'a('.repeat(40)}${')'.repeat(40)}`,
    `/clients?and=${'and('.repeat(40)}id.eq.1${')'.repeat(40)}`,
    `/clients?select=${'a,'.repeat(3000)}a`,
  ])('%s', async (path) => {
    expect((await refusalOf(path)).wireCode).toBe('PGRST100')
  })
})

const refused: readonly (readonly [path: string, input: CallInput, status: number, code: string])[] = [
  ['/clients?limit=-1', {}, 416, 'PGRST103'],
  ['/clients', { headers: { range: '5-2' } }, 416, 'PGRST103'],
  ['/clients', { headers: { 'accept-profile': 'other' } }, 406, 'PGRST106'],
  ['/clients', post('{}', { 'content-profile': 'other' }), 406, 'PGRST106'],
  ['/clients', { headers: { accept: 'text/unknown' } }, 406, 'PGRST107'],
  ['/clients?projects.id=eq.1', {}, 400, 'PGRST108'],
  ['/clients?select=p:projects(id)&p.limit=1&other.limit=1', {}, 400, 'PGRST108'],
  ['/clients?order=projects(id)', {}, 400, 'PGRST108'],
  ['/clients?select=projects(id)&order=projects(id)', {}, 400, 'PGRST118'],
  ['/clients', { headers: { prefer: 'handling=strict, anything' } }, 400, 'PGRST122'],
  ['/clients?select=id.sum()', {}, 400, 'PGRST123'],
  ['/clients?select=count()', {}, 400, 'PGRST123'],
  ['/clients?select=users(id)', {}, 400, 'PGRST200'],
  ['/trips?select=clients(id)', {}, 300, 'PGRST201'],
  ['/rpc/missing', {}, 404, 'PGRST202'],
  ['/rpc/add?b=1', {}, 404, 'PGRST202'],
  ['/rpc/whole', {}, 404, 'PGRST202'],
  ['/rpc/twice?a=1', {}, 300, 'PGRST203'],
  ['/clients', post('{"nope":1}'), 400, 'PGRST204'],
  ['/clients?columns=nope', post('{}'), 400, 'PGRST204'],
  ['/nope', {}, 404, 'PGRST205'],
  ['/clients', post('{'), 400, 'PGRST102'],
  ['/clients', post(''), 400, 'PGRST102'],
  ['/clients', post('[{"id":1},{"name":"x"}]'), 400, 'PGRST102'],
  ['/clients', post('[1]'), 400, 'PGRST102'],
  ['/clients', post('x', { 'content-type': 'text/plain' }), 400, 'PGRST102'],
  ['/clients', post('x', { 'content-type': 'image/png' }), 400, 'PGRST102'],
  ['/clients', post('a,b\n1', { 'content-type': 'text/csv' }), 400, 'PGRST102'],
  ['/clients', { method: 'PUT', body: '{"id":1}' }, 405, 'PGRST105'],
  ['/clients?id=gt.1', { method: 'PUT', body: '{"id":1}' }, 405, 'PGRST105'],
  ['/clients?id=eq.1&name=eq.x', { method: 'PUT', body: '{"id":1}' }, 405, 'PGRST105'],
  ['/clients?id=eq.1&limit=1', { method: 'PUT', body: '{"id":1}' }, 400, 'PGRST114'],
  ['/rpc/add', post('{"a":1}', { prefer: 'handling=strict,max-affected=1' }), 400, 'PGRST128'],
]
test.each(refused)('%s %o: %i %s', async (...[path, input, status, code]) => {
  const failure = await refusalOf(path, input)
  expect([failure.status, failure.wireCode]).toEqual([status, code])
})

describe('hints', () => {
  test.each<readonly [path: string, hint: string | null]>([
    ['/client', "Perhaps you meant the table 'public.clients'"],
    ['/unlike_anything', null],
    ['/clients?select=project(id)', "Perhaps you meant 'projects' instead of 'project'."],
    ['/rpc/clients_off?city=x', 'Perhaps you meant to call the function public.clients_of'],
    ['/rpc/clients_of?cty=x', 'Perhaps you meant to call the function public.clients_of(city)'],
    ['/clients?projects.id=eq.1', "Verify that 'projects' is included in the 'select' query parameter."],
    [
      '/trips?select=clients(id)',
      "Try changing 'clients' to one of the following: 'clients!trips_start_fkey', 'clients!trips_goal_fkey'. " +
        "Find the desired relationship in the 'details' key.",
    ],
  ])('%s', async (path, hint) => {
    expect((await refusalOf(path)).hint).toBe(hint)
  })

  test('a function that is not there is described as it was searched for', async () => {
    const failure = await refusalOf('/rpc/add', post('{"x":1,"y":2}'))
    expect(failure.message).toBe('Could not find the function public.add(x, y) in the schema cache')
    expect(failure.details).toBe(
      'Searched for the function public.add with parameters x, y or with a single unnamed json/jsonb parameter, ' +
        'but no matches were found in the schema cache.',
    )
  })
})

describe('rules of the settings', () => {
  async function codeUnder(path: string, rules: Partial<PlanRules>): Promise<string | undefined> {
    try {
      planRequest(await requestOf(path), catalog, { maxRows: 1000, ...rules })
    } catch (error) {
      if (error instanceof Failure) return error.wireCode
      throw error
    }
    return undefined
  }

  test.each<readonly [path: string, rules: Partial<PlanRules>, code: string | undefined]>([
    ['/clients?select=id.sum()', { hasAggregates: true }, undefined],
    ['/clients?select=projects(id.sum())', { hasAggregates: false }, 'PGRST123'],
    ['/clients?select=...projects(id.sum())', { hasAggregates: true }, 'PGRST127'],
    ['/clients?select=...projects(...members(count()))', { hasAggregates: true }, 'PGRST127'],
    ['/clients?select=p:projects(id)&projects.id=eq.1', {}, undefined],
    ['/clients?select=p:projects(id)&projects.id=eq.1', { usesTargetNames: false }, 'PGRST108'],
  ])('%s %o', async (path, rules, code) => {
    expect(await codeUnder(path, rules)).toBe(code)
  })

  test('a name that hides behind an alias is hinted at', async () => {
    const request = await requestOf('/clients?select=p:projects(id)&projects.id=eq.1')
    expect(() => planRequest(request, catalog, { maxRows: 1000, usesTargetNames: false })).toThrow(
      expect.objectContaining({ hint: "Change 'projects' to 'p' in filters, orders or limits." }),
    )
  })
})

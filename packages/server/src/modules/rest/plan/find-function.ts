/** Finds the one function that a call means, by its name and the names of the arguments. */
import { findFunctions, type Catalog, type Routine } from '../../../db/catalog/index.ts'
import { Failure } from '../../../kernel/failure.ts'
import { suggest } from './suggest.ts'

export interface CallWish {
  readonly schema: string
  readonly name: string
  readonly argumentNames: readonly string[]
  /** The content type of a body that could be the one unnamed argument; undefined for calls without body. */
  readonly bodyType: string | undefined
}

/** Which unnamed parameter takes a body of which content type. */
const wholeBodyTypes: Readonly<Record<string, readonly string[]>> = {
  'application/json': ['json', 'jsonb'],
  'text/plain': ['text'],
  'text/xml': ['xml'],
  'application/octet-stream': ['bytea'],
}

/** Refuses with `function_not_found` or `function_ambiguous`. */
export function findFunction(catalog: Catalog, wish: CallWish): Routine {
  const overloads = findFunctions(catalog, wish)
  const named = overloads.filter((routine) => takesNamed(routine, wish))
  const candidates = named.length > 0 ? named : overloads.filter((routine) => takesWhole(routine, wish))
  const [only, second] = candidates
  if (only === undefined) throw notFound(catalog, wish, overloads)
  if (second !== undefined) {
    throw new Failure('function_ambiguous', { candidates: candidates.map(signatureOf) })
  }
  return only
}

/** True for a function with one unnamed parameter, which takes the body as it is. */
export function hasWholeParameter(routine: Routine): boolean {
  return routine.parameters.length === 1 && routine.parameters[0]?.name === ''
}

function isRawBody(wish: CallWish): boolean {
  return (
    wish.bodyType !== undefined && wish.bodyType !== 'application/json' && wish.bodyType in wholeBodyTypes
  )
}

/** Every argument is a parameter, and every required parameter has its argument. */
function takesNamed(routine: Routine, wish: CallWish): boolean {
  if (hasWholeParameter(routine)) return false
  if (routine.parameters.length === 0) return wish.argumentNames.length === 0 && !isRawBody(wish)
  const given = new Set(wish.argumentNames)
  const known = new Set(routine.parameters.map((parameter) => parameter.name))
  return (
    wish.argumentNames.every((name) => known.has(name)) &&
    routine.parameters.every((parameter) => !parameter.isRequired || given.has(parameter.name))
  )
}

function takesWhole(routine: Routine, wish: CallWish): boolean {
  const [parameter] = routine.parameters
  if (wish.bodyType === undefined || parameter === undefined || !hasWholeParameter(routine)) return false
  return wholeBodyTypes[wish.bodyType]?.includes(parameter.type) ?? false
}

function signatureOf(routine: Routine): string {
  const parameters = routine.parameters.map((parameter) => `${parameter.name} => ${parameter.type}`)
  return `${routine.schema}.${routine.name}(${parameters.join(', ')})`
}

function notFound(catalog: Catalog, wish: CallWish, overloads: readonly Routine[]): Failure {
  const { schema, name } = wish
  const names = wish.argumentNames.toSorted()
  const list = names.join(', ')
  const raw = isRawBody(wish) ? wholeBodyTypes[wish.bodyType ?? '']?.[0] : undefined
  const withNames =
    names.length === 0 ? ' without parameters' : ` with parameter${names.length > 1 ? 's' : ''} ${list}`
  const orWhole = wish.bodyType === 'application/json' ? ' or with a single unnamed json/jsonb parameter' : ''
  return new Failure('function_not_found', {
    schema,
    name,
    signature: raw !== undefined ? '' : names.length === 0 ? ' without parameters' : `(${list})`,
    searched: raw === undefined ? `${withNames}${orWhole}` : ` with a single unnamed ${raw} parameter`,
    hint: raw === undefined ? suggestion(catalog, wish, overloads) : null,
  })
}

/** Another function where none has this name, else other parameters of this one. */
function suggestion(catalog: Catalog, wish: CallWish, overloads: readonly Routine[]): string | null {
  const { schema, name } = wish
  const better =
    overloads.length === 0
      ? suggest(name, catalog.schemas.get(schema)?.functions.keys() ?? [], 0.75)
      : suggestParameters(wish, overloads)
  return better === undefined ? null : `Perhaps you meant to call the function ${schema}.${better}`
}

function listed(names: readonly string[]): string {
  return `(${names.toSorted().join(', ')})`
}

function suggestParameters(wish: CallWish, overloads: readonly Routine[]): string | undefined {
  const candidates = overloads.map((routine) => listed(routine.parameters.map((parameter) => parameter.name)))
  const better = suggest(listed(wish.argumentNames), candidates, 0.33)
  return better === undefined ? undefined : `${wish.name}${better}`
}

/** Plans the call of a function, and what is read from its result. */
import type { Catalog, Parameter, Routine } from '../../../db/catalog/index.ts'
import { assert, Failure } from '../../../kernel/failure.ts'
import type { RestRequest } from '../request/request.ts'
import type { SlotIndex } from '../request/wish.ts'
import { findFunction, hasWholeParameter } from './find-function.ts'
import { planRoot, type LevelContext } from './level.ts'
import type { ArgumentSlots, CallArguments, CallPlan } from './plan.ts'
import { withRange } from './read-plan.ts'
import { returnedColumns } from './returned.ts'

type CallRequest = RestRequest & { readonly action: { readonly kind: 'call' } }

/** An argument and the slot of its value. */
interface Given {
  readonly name: string
  readonly slot: SlotIndex
}

/** Refuses with `function_…`, `max_affected_on_single`, and what `planRoot` refuses with. */
export function planCall(request: CallRequest, context: LevelContext): CallPlan {
  const routine = findCalled(request, context.catalog)
  const { preferences, output } = request
  const isBounded = preferences.handling === 'strict' && preferences.maxAffected !== undefined
  if (isBounded && !routine.returns.isSet) throw new Failure('max_affected_on_single', {})
  const isReadOnly = request.action.isSafe || routine.volatility !== 'volatile'
  const root = planResult(request, routine, context)
  return {
    kind: 'call',
    routine,
    args: planArguments(request, routine),
    root,
    output,
    count: preferences.count,
    hasBody: !request.isHead,
    isReadOnly,
    mustCheck: !isReadOnly && (isBounded || output.form === 'object'),
    returned: routine.returns.isComposite ? returnedColumns(root, []) : undefined,
  }
}

/** The function alone, for OPTIONS and for calls. */
export function findCalled(request: CallRequest, catalog: Catalog): Routine {
  return findFunction(catalog, {
    schema: request.schema,
    name: request.action.name,
    argumentNames: [...new Set(givenNames(request))],
    bodyType: bodyType(request),
  })
}

function planResult(request: CallRequest, routine: Routine, context: LevelContext): CallPlan['root'] {
  const { returns } = routine
  const name = returns.isComposite && returns.name !== 'record' ? returns.name : routine.name
  const origin = {
    from: undefined,
    alias: name,
    at: { schema: returns.isComposite ? returns.schema : routine.schema, name },
  }
  return withRange(planRoot(context, origin, request.query), request)
}

function givenNames(request: CallRequest): readonly string[] {
  if (request.action.isSafe) return request.query.args.map(({ name }) => name)
  switch (request.body?.kind) {
    case 'json':
      return request.body.keys
    case 'form':
      return request.body.pairs.map(([key]) => key)
    case 'raw':
    case undefined:
      return []
  }
}

function bodyType(request: CallRequest): string | undefined {
  switch (request.body?.kind) {
    case 'json':
      return request.body.isCsv === true ? 'text/csv' : 'application/json'
    case 'raw':
      return request.body.mediaType
    case 'form':
    case undefined:
      return undefined
  }
}

function planArguments(request: CallRequest, routine: Routine): CallArguments {
  const { body, bodySlot } = request
  const [first] = routine.parameters
  if (first === undefined) return { kind: 'none' }
  if (hasWholeParameter(routine)) {
    assert(bodySlot !== undefined, 'a function with one unnamed parameter is called with a body')
    return { kind: 'whole', parameter: first, slot: bodySlot }
  }
  if (body?.kind === 'json' && bodySlot !== undefined) {
    const parameters = routine.parameters.filter(({ name }) => body.keys.includes(name))
    if (parameters.length === 0) return { kind: 'none' }
    const source = { slot: bodySlot, isObject: body.isObject, appliesDefaults: false }
    return { kind: 'json', parameters, body: source }
  }
  return { kind: 'slots', slots: slotsOf(routine, givenSlots(request)) }
}

function givenSlots(request: CallRequest): readonly Given[] {
  const { body, bodySlot } = request
  if (body?.kind !== 'form' || bodySlot === undefined) {
    return request.query.args.map(({ name, value }) => ({ name, slot: value }))
  }
  return body.pairs.map(([name], index) => ({ name, slot: bodySlot + index }))
}

/** A repeated argument adds to a variadic parameter; of any other the last one counts. */
function slotsOf(routine: Routine, given: readonly Given[]): readonly ArgumentSlots[] {
  const slotsFor = (parameter: Parameter): readonly SlotIndex[] => {
    const slots = given.filter(({ name }) => name === parameter.name).map(({ slot }) => slot)
    return parameter.isVariadic ? slots : slots.slice(-1)
  }
  return routine.parameters
    .map((parameter) => ({ parameter, slots: slotsFor(parameter) }))
    .filter(({ slots }) => slots.length > 0)
}

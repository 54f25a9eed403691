/** Function calls. */
import type { Parameter } from '../../../db/catalog/index.ts'
import { ident, join, raw, slot, sql, type Sql } from '../../../db/index.ts'
import type { ArgumentSlots, CallPlan } from '../plan/plan.ts'
import { compileBody } from './body.ts'
import { scalarName } from './names.ts'

const comma = raw(', ')
const argsAlias = 'plinth_args'
const callAlias = 'plinth_call'

/** The rows that the function returns; for plain values, one column with `scalarName`. */
export function compileCall(plan: CallPlan): Sql {
  const { args } = plan
  switch (args.kind) {
    case 'none':
      return select(plan, raw(''), raw(''))
    case 'whole':
      return select(plan, raw(''), sql`${slot(args.slot)}::${raw(args.parameter.type)}`)
    case 'slots':
      return select(plan, raw(''), join(args.slots.map(compileArgument), comma))
    case 'json': {
      const columns = args.parameters.map(({ name, type }) => ({ name, type, default: null }))
      const body = compileBody(columns, args.body, argsAlias)
      // A function is called once, whatever the body holds.
      const once = args.body.isObject ? body : sql`(select * from ${body} limit 1) as ${ident(argsAlias)}`
      return select(plan, sql`${once}, lateral `, join(args.parameters.map(compileNamed), comma))
    }
  }
}

function select(plan: CallPlan, before: Sql, args: Sql): Sql {
  const { routine } = plan
  const call = sql`${ident(routine.schema, routine.name)}(${args})`
  if (!routine.returns.isComposite) {
    return sql`select ${ident(callAlias)}.${scalarName} from ${before}(select ${call} as ${scalarName}) as ${ident(callAlias)}`
  }
  return sql`select ${returnedList(plan)} from ${before}${call} as ${ident(callAlias)}`
}

function returnedList(plan: CallPlan): Sql {
  if (plan.returned === undefined) return sql`${ident(callAlias)}.*`
  return join(
    plan.returned.map((name) => ident(callAlias, name)),
    comma,
  )
}

/** From the columns of a JSON body. */
function compileNamed(parameter: Parameter): Sql {
  return sql`${prefix(parameter)}${ident(argsAlias, parameter.name)}`
}

/** From values of the URL or a form. */
function compileArgument({ parameter, slots }: ArgumentSlots): Sql {
  const type = raw(parameter.type)
  if (!parameter.isVariadic) {
    const [only] = slots
    return sql`${prefix(parameter)}${only === undefined ? raw('null') : slot(only)}::${type}`
  }
  const items = join(
    slots.map((item) => slot(item)),
    comma,
  )
  return sql`${prefix(parameter)}array[${items}]::${type}`
}

function prefix(parameter: Parameter): Sql {
  const name = sql`${ident(parameter.name)} := `
  return parameter.isVariadic ? sql`variadic ${name}` : name
}

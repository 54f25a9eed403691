/** What a query says about the levels of its answer, and to which level each sentence belongs. */
import { Failure } from '../../../kernel/failure.ts'
import type { AtLevel, Query, SelectRelation } from '../request/wish.ts'

export type Said = Pick<Query, 'conditions' | 'orders' | 'limits' | 'offsets'>

/** What is said about a relation of the select list. */
export interface SaidBelow {
  readonly relation: SelectRelation
  readonly said: Said
  readonly isNamedByTarget: boolean
}

/** About the level at hand. */
export function here<T>(list: readonly AtLevel<T>[]): readonly T[] {
  return list.filter(({ path }) => path.length === 0).map(({ value }) => value)
}

/**
 * About each of the relations below. `usesTargetNames`: also by the name of the table where there is an alias. Refuses
 * with `embed_not_selected` what is about none of them.
 */
export function divide(
  said: Said,
  relations: readonly SelectRelation[],
  usesTargetNames: boolean,
): readonly SaidBelow[] {
  const names = new Set([...said.conditions, ...said.orders, ...said.limits, ...said.offsets].map(headOf))
  names.delete(undefined)
  const owners = new Map<string | undefined, SelectRelation>()
  for (const name of names) owners.set(name, ownerOf(name ?? '', relations, usesTargetNames))
  return relations.map((relation) => {
    const isOurs = ({ path: [head] }: AtLevel<unknown>): boolean => owners.get(head) === relation
    return {
      relation,
      said: {
        conditions: said.conditions.filter(isOurs).map(shorten),
        orders: said.orders.filter(isOurs).map(shorten),
        limits: said.limits.filter(isOurs).map(shorten),
        offsets: said.offsets.filter(isOurs).map(shorten),
      },
      isNamedByTarget: [...owners].some(
        ([name, owner]) => owner === relation && name !== shownName(relation),
      ),
    }
  })
}

export function shownName(relation: SelectRelation): string {
  return relation.alias ?? relation.name
}

function headOf({ path }: AtLevel<unknown>): string | undefined {
  return path[0]
}

function shorten<T>({ path, value }: AtLevel<T>): AtLevel<T> {
  return { path: path.slice(1), value }
}

function ownerOf(
  name: string,
  relations: readonly SelectRelation[],
  usesTargetNames: boolean,
): SelectRelation {
  const target = relations.find((relation) => relation.name === name)
  const owner =
    (usesTargetNames
      ? relations.find((relation) => [relation.name, relation.alias].includes(name))
      : undefined) ?? relations.find((relation) => shownName(relation) === name)
  if (owner !== undefined) return owner
  const alias = target?.alias
  throw new Failure('embed_not_selected', alias === undefined ? { name } : { name, alias })
}

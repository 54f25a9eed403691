/** The columns of a level's select list. */
import type { Table } from '../../../db/catalog/index.ts'
import type { SelectField } from '../request/wish.ts'
import type { LevelField } from './plan.ts'

export interface FieldScope {
  readonly table: Table | undefined
  /** `*` must be written out, for whoever needs the names. */
  readonly listsAll: boolean
}

export function planFields(fields: readonly SelectField[], scope: FieldScope): readonly LevelField[] {
  const { table } = scope
  const columns = [...(table?.columns.values() ?? [])]
  const listsAll =
    scope.listsAll || columns.some(({ representation }) => representation?.toJson !== undefined)
  return fields.flatMap((field) => {
    if (!isStar(field) || field.aggregate !== undefined || !listsAll || table === undefined) {
      return [planField(field, table)]
    }
    return columns.map(({ name }) => planField({ ...field, field: { name, path: [] } }, table))
  })
}

export function isStar({ field }: SelectField): boolean {
  return field.name === '*' && field.path.length === 0
}

function planField(field: SelectField, table: Table | undefined): LevelField {
  const format = table?.columns.get(field.field.name)?.representation?.toJson
  return { ...field, format, isRow: false }
}

/** The name of the column in the answer: the alias, the last key of a path, or the column's own. */
export function outputName(select: SelectField): string {
  if (select.alias !== undefined) return select.alias
  if (select.aggregate !== undefined) return select.aggregate
  const key = select.field.path.findLast((step) => step.kind === 'key')
  return key?.at ?? select.field.name
}

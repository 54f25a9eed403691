/** A small catalog, made by hand, for tests that need no database. */
import type { Catalog, Column, Parameter, Routine, Table } from '../../../db/catalog/index.ts'
import { deriveRelationships, keyOf, type ForeignKey } from '../../../db/catalog/relationships.ts'

const tables: Readonly<
  Record<string, { columns: Readonly<Record<string, string>>; key: readonly string[] }>
> = {
  clients: {
    columns: { id: 'integer', name: 'text', data: 'jsonb', tags: 'text[]', doc: 'tsvector' },
    key: ['id'],
  },
  projects: { columns: { id: 'bigint', name: 'text', client_id: 'integer' }, key: ['id'] },
  users: { columns: { id: 'integer', name: 'text' }, key: ['id'] },
  members: { columns: { project_id: 'bigint', user_id: 'integer' }, key: ['project_id', 'user_id'] },
  profiles: { columns: { user_id: 'integer', bio: 'text' }, key: ['user_id'] },
  trips: { columns: { id: 'integer', start: 'integer', goal: 'integer' }, key: ['id'] },
  tree: { columns: { id: 'integer', parent_id: 'integer' }, key: ['id'] },
  odd: { columns: { 'a"b': 'text', 'c.d': 'text', $1: 'text' }, key: [] },
}

function foreignKey(name: string, from: string, to: string): ForeignKey {
  const [fromTable = '', column = ''] = from.split('.')
  const [toTable = '', target = ''] = to.split('.')
  return {
    name,
    from: { schema: 'public', name: fromTable },
    to: { schema: 'public', name: toTable },
    columns: [[column, target]],
    isUnique: fromTable === 'profiles',
  }
}

const foreignKeys = [
  foreignKey('projects_client_fkey', 'projects.client_id', 'clients.id'),
  foreignKey('members_project_fkey', 'members.project_id', 'projects.id'),
  foreignKey('members_user_fkey', 'members.user_id', 'users.id'),
  foreignKey('profiles_user_fkey', 'profiles.user_id', 'users.id'),
  foreignKey('trips_start_fkey', 'trips.start', 'clients.id'),
  foreignKey('trips_goal_fkey', 'trips.goal', 'clients.id'),
  foreignKey('tree_parent_fkey', 'tree.parent_id', 'tree.id'),
]

const relationships = deriveRelationships(foreignKeys, ({ name }) => tables[name]?.key ?? [])

function table(name: string): Table {
  const columns = Object.entries(tables[name]?.columns ?? {}).map(([column, type]) => columnOf(column, type))
  return {
    schema: 'public',
    name,
    isView: false,
    comment: null,
    columns: new Map(columns.map((column) => [column.name, column])),
    primaryKey: tables[name]?.key ?? [],
    isInsertable: true,
    isUpdatable: true,
    isDeletable: true,
    relationships: relationships.get(keyOf({ schema: 'public', name })) ?? [],
  }
}

function columnOf(name: string, type: string): Column {
  const isKey = name === 'id'
  return {
    name,
    type,
    baseType: type,
    isNullable: !isKey,
    default: isKey ? 'next_id()' : null,
    identity: null,
    isGenerated: false,
    comment: null,
    enumValues: [],
  }
}

export function parameter(name: string, type: string, more: Partial<Parameter> = {}): Parameter {
  return { name, type, declaredType: type, isRequired: true, isVariadic: false, ...more }
}

export function routine(
  name: string,
  parameters: readonly Parameter[],
  more: Partial<Routine> = {},
): Routine {
  return {
    oid: 1,
    settings: [],
    schema: 'public',
    name,
    comment: null,
    parameters,
    returns: { schema: 'pg_catalog', name: 'int4', isSet: false, isComposite: false },
    volatility: 'volatile',
    isVariadic: parameters.some(({ isVariadic }) => isVariadic),
    ...more,
  }
}

const rows = { returns: { schema: 'public', name: 'clients', isSet: true, isComposite: true } } as const
const functions: readonly Routine[] = [
  routine('add', [parameter('a', 'integer'), parameter('b', 'integer', { isRequired: false })]),
  routine('clients_of', [parameter('city', 'text')], { ...rows, volatility: 'stable' }),
  routine('join_all', [parameter('parts', 'text[]', { isVariadic: true })]),
  routine('whole', [parameter('', 'jsonb')]),
  routine('bytes', [parameter('', 'bytea')]),
  routine('twice', [parameter('a', 'integer')]),
  routine('twice', [parameter('a', 'text')]),
  routine('now', []),
]

export const catalog: Catalog = {
  version: 1,
  schemas: new Map([
    [
      'public',
      {
        name: 'public',
        tables: new Map(Object.keys(tables).map((name) => [name, table(name)])),
        functions: new Map(
          functions.map(({ name }) => [name, functions.filter((other) => other.name === name)]),
        ),
      },
    ],
  ]),
  roleSettings: new Map([['anon', [['statement_timeout', '3s']]]]),
  roleIsolation: new Map(),
  mediaHandlers: new Map(),
}

/** The root of the surface: its description, or what a function of the database says in its place. */
import { findTable, type Catalog, type Routine, type Table } from '../../../db/catalog/index.ts'
import { sql, toStatement, type Statement } from '../../../db/index.ts'
import { assert, Failure } from '../../../kernel/failure.ts'
import type { Call } from '../../../kernel/module.ts'
import type { RestContext } from '../context.ts'
import { finished, handleAction, handleFunctionOptions } from '../handler.ts'
import { parseAccept } from '../request/media-type.ts'
import { chooseSchema } from '../request/request.ts'
import { allowForRoot } from '../respond/allow.ts'
import { scopeOf } from '../scope.ts'
import { preRequest } from '../session.ts'
import { Stopwatch } from '../stopwatch.ts'
import { describe } from './document.ts'

/** Refuses with `openapi_disabled`, `table_method_invalid`, `media_type_unavailable`, `schema_not_exposed`. */
export async function handleRoot(call: Call, context: RestContext): Promise<Response> {
  const { openapiMode, rootFunction } = context.settings
  const { method } = call.request
  if (openapiMode === 'disabled') throw new Failure('openapi_disabled', {})
  if (method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS') {
    throw new Failure(rootFunction === undefined ? 'table_method_invalid' : 'call_method_invalid', { method })
  }
  if (rootFunction !== undefined) {
    if (method === 'OPTIONS') return handleFunctionOptions(call, rootFunction, context)
    return handleAction(call, { kind: 'call', name: rootFunction, isSafe: true }, context)
  }
  const watch = new Stopwatch(call.identifiedMs)
  const response = method === 'OPTIONS' ? allowForRoot() : await describeSchema(call, context)
  watch.end('transaction')
  return finished(response, { call, context, watch })
}

const makeable = new Set(['application/openapi+json', 'application/json', '*/*'])

async function describeSchema(call: Call, context: RestContext): Promise<Response> {
  const { settings } = context
  const { headers } = call.request
  const schema = chooseSchema(headers.get('accept-profile'), settings.schemas)
  const accepted = parseAccept(headers.get('accept')).map(({ name }) => name)
  if (!accepted.some((name) => makeable.has(name))) throw new Failure('media_type_unavailable', { accepted })
  const catalog = context.catalog.current()
  const found = await readDescribed({ call, context, catalog, schema })
  const document = describe({
    ...found,
    isView: (name) => findTable(catalog, name)?.isView === true,
    base: baseOf(call, settings.openapiProxy, settings.path),
    hasSecurity: settings.hasOpenapiSecurity,
  })
  return new Response(call.request.method === 'HEAD' ? null : JSON.stringify(document), {
    headers: {
      'content-type': 'application/openapi+json; charset=utf-8',
      vary: 'Accept, Prefer, Range',
      ...(settings.schemas.length > 1 ? { 'content-profile': schema } : {}),
    },
  })
}

interface Asked {
  readonly call: Call
  readonly context: RestContext
  readonly catalog: Catalog
  readonly schema: string
}

/** What the caller may use, or all there is; and the schema's comment. */
async function readDescribed({ call, context, catalog, schema }: Asked): Promise<{
  readonly tables: readonly Table[]
  readonly routines: readonly Routine[]
  readonly comment: string | null
}> {
  const asked = { schema, timezone: undefined, isReadOnly: true, routine: undefined }
  const before = preRequest(context)
  const answers = await context.pool.run({
    scope: scopeOf(call, asked, { catalog, context }),
    statements: [...(before === undefined ? [] : [before]), accessQuery(schema)],
    signal: call.signal,
  })
  const rows = answers.at(-1)
  assert(rows !== undefined, 'a statement has an answer')
  const tables = [...(catalog.schemas.get(schema)?.tables.values() ?? [])]
  const routines = [...(catalog.schemas.get(schema)?.functions.values() ?? [])].flat()
  const comment = rows.text(0, 2)
  if (context.settings.openapiMode === 'ignore-privileges') return { tables, routines, comment }
  const names = new Set(readList(rows.text(0, 0)))
  const oids = new Set(readList(rows.text(0, 1)))
  return {
    tables: tables.filter(({ name }) => names.has(name)),
    routines: routines.filter(({ oid }) => oids.has(oid)).map(withShortTypes),
    comment,
  }
}

/** As the caller's search path would have them: without the schema that is served. */
function withShortTypes(routine: Routine): Routine {
  const prefix = `${routine.schema}.`
  const parameters = routine.parameters.map((parameter) =>
    Object.assign({}, parameter, {
      type: withoutPrefix(parameter.declaredType, prefix),
    }),
  )
  return { ...routine, parameters }
}

function withoutPrefix(type: string, prefix: string): string {
  return type.startsWith(prefix) ? type.slice(prefix.length) : type
}

function readList(text: string | null): readonly unknown[] {
  const list: unknown = JSON.parse(text ?? '[]')
  return Array.isArray(list) ? list : []
}

/** Names of tables that the role may use in any way, and object identifiers of functions that it may call. */
function accessQuery(schema: string): Statement {
  return toStatement(sql`
select
  (select json_agg(c.relname) from pg_catalog.pg_class c
    where c.relnamespace = n.oid and c.relkind in ('v', 'r', 'm', 'f', 'p') and (
      pg_has_role(c.relowner, 'USAGE')
      or has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
      or has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE, REFERENCES'))),
  (select json_agg(p.oid::bigint) from pg_catalog.pg_proc p
    where p.pronamespace = n.oid and has_function_privilege(p.oid, 'execute')),
  obj_description(n.oid, 'pg_namespace')
from pg_catalog.pg_namespace n where n.nspname = ${schema}`)
}

/** As the settings say, or as this caller has reached us. */
function baseOf(call: Call, proxy: string | undefined, path: string): URL {
  return proxy === undefined ? new URL(path, call.url) : new URL(proxy)
}

/** The description of a schema as an OpenAPI 2.0 document. Pure. */
import type { Qualified, Routine, Table } from '../../../db/catalog/index.ts'
import { tableDefinition } from './definitions.ts'
import { parameterDefinitions } from './parameters.ts'
import { functionPath, rootPath, rowTypes, tablePath } from './paths.ts'
import { splitComment, type Part } from './types.ts'

/** Of PostgREST, whose dialect this is. */
const dialectVersion = '16.2'

export interface Described {
  readonly tables: readonly Table[]
  readonly routines: readonly Routine[]
  /** A view shows keys of a table; it is the table that is told. */
  readonly isView: (name: Qualified) => boolean
  /** The schema's comment: a title, and what comes after its first line. */
  readonly comment: string | null
  /** Where clients reach the surface. */
  readonly base: URL
  readonly hasSecurity: boolean
}

export function describe(described: Described): Part {
  const { tables, routines, base } = described
  const { first, rest } = splitComment(described.comment)
  const scheme = base.protocol.replace(':', '')
  const port = base.port === '' ? (scheme === 'https' ? '443' : '80') : base.port
  return {
    swagger: '2.0',
    info: {
      title: first ?? 'PostgREST API',
      description: rest ?? 'Tables, views and functions of this schema',
      version: dialectVersion,
    },
    externalDocs: {
      description: 'The dialect that this surface speaks',
      url: 'https://postgrest.org/en/v16/references/api.html',
    },
    host: `${base.hostname}:${port}`,
    basePath: base.pathname,
    schemes: [scheme],
    consumes: rowTypes,
    produces: rowTypes,
    definitions: Object.fromEntries(
      tables.map((table) => [table.name, tableDefinition(table, described.isView)]),
    ),
    parameters: parameterDefinitions(tables),
    paths: Object.fromEntries([
      ['/', rootPath],
      ...tables.map((table) => [`/${table.name}`, tablePath(table)] as const),
      ...routines.map((routine) => [`/rpc/${routine.name}`, functionPath(routine)] as const),
    ]),
    ...(described.hasSecurity ? security : {}),
  }
}

const security: Part = {
  securityDefinitions: {
    JWT: {
      description: 'Add the token prepending "Bearer " (without quotes) to it',
      in: 'header',
      name: 'Authorization',
      type: 'apiKey',
    },
  },
  security: [{ JWT: [] }],
}

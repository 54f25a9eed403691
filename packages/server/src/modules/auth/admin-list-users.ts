/** Lists users page by page, the newest first. */
import { Failure } from '../../kernel/failure.ts'
import type { Call } from '../../kernel/module.ts'
import type { AuthContext } from './auth-context.ts'
import { audience, countUsers, selectUserPage } from './statements.ts'
import { readUsers, showUser } from './user-view.ts'

const perPageDefault = 50
/** More would be one answer of many megabytes. */
const perPageMax = 1000

export async function adminListUsers({ store }: AuthContext, call: Call): Promise<Response> {
  const query = call.url.searchParams
  const page = readNumber(query.get('page'), 1)
  const perPage = Math.min(readNumber(query.get('per_page'), perPageDefault), perPageMax)
  const filter = (query.get('filter') ?? '').replaceAll('\0', '')
  const [users, count] = await store.run({
    statements: [selectUserPage({ page, perPage, filter }), countUsers(filter)],
    failing: 'Database error finding users',
    signal: call.signal,
  })
  const total = Number(count?.text(0, 0) ?? 0)
  return Response.json(
    { users: readUsers(users).map(showUser), aud: audience },
    { headers: { link: linkHeader({ page, perPage, total }), 'x-total-count': String(total) } },
  )
}

/** Empty and 0 stand for the default, as clients send them when they have no wish. */
function readNumber(text: string | null, fallback: number): number {
  if (text === null || text === '') return fallback
  if (!/^\d{1,9}$/.test(text))
    throw new Failure('validation_failed', {
      message: 'Bad Pagination Parameters: page and per_page must be whole numbers',
    })
  return Number(text) === 0 ? fallback : Number(text)
}

/** Clients read the page's number as the first parameter of each link (RFC 8288). */
function linkHeader({ page, perPage, total }: { page: number; perPage: number; total: number }): string {
  const pages = Math.ceil(total / perPage)
  const link = (target: number, rel: string): string =>
    `</admin/users?page=${target}&per_page=${perPage}>; rel="${rel}"`
  return [...(pages > page ? [link(page + 1, 'next')] : []), link(pages, 'last')].join(', ')
}

/** Every call to the server. Nothing else in this folder knows supabase-js. */
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import type { Connection } from './connection.ts'
import type { Database, TodoChanges, TodoDraft } from './database-types.ts'

export type Label = { id: string; name: string }
export type User = { id: string; email: string }
export type Todo = Awaited<ReturnType<Api['todos']>>['rows'][number]
export type Idea = ReturnType<typeof readIdea>

type IdeaAnswer = { id: number; label: string; title: string; detail: string; todos?: { id: number }[] }

/** A stretch of a list: rows `from` to `from + size - 1`. */
export type Stretch = { from: number; size: number }
export type TodoWish = Stretch & { filter: string; label: string; search: string; sort: string }
export type IdeaWish = Stretch & { label: string; search: string; signedIn: boolean }

/** The server, as this page uses it. Every method throws what the server refused with. */
export class Api {
  readonly supabase: SupabaseClient<Database>

  constructor({ url, key }: Connection) {
    this.supabase = createClient<Database>(url, key)
  }

  /** False when the server wants the e-mail confirmed before the first sign-in. */
  async signUp(email: string, password: string): Promise<boolean> {
    const { data, error } = await this.supabase.auth.signUp({ email, password })
    if (error) throw error
    return data.session !== null
  }

  async signIn(email: string, password: string): Promise<void> {
    const { error } = await this.supabase.auth.signInWithPassword({ email, password })
    if (error) throw error
  }

  /** Ends this session; others of the same user go on. */
  async signOut(): Promise<void> {
    const { error } = await this.supabase.auth.signOut({ scope: 'local' })
    if (error) throw error
  }

  /** Calls back with the user soon, and again whenever something about the session changes. */
  onUser(callback: (user: User | undefined) => void): void {
    this.supabase.auth.onAuthStateChange((_event, session) => {
      const user = session ? { id: session.user.id, email: session.user.email ?? '' } : undefined
      // Later, because supabase-js holds a lock during this call that every other call waits for.
      setTimeout(() => callback(user))
    })
  }

  async labels(): Promise<Label[]> {
    const { data } = await this.supabase.from('labels').select('id, name').order('position').throwOnError()
    return data
  }

  /** No filter on the owner here: row-level security adds it. */
  async todos(wish: TodoWish) {
    let query = this.supabase
      .from('todos')
      .select('id, title, done, due_on, label, idea_id, created_at, idea:ideas(detail)', { count: 'exact' })
    if (wish.filter !== 'all') query = query.eq('done', wish.filter === 'done')
    if (wish.label) query = query.eq('label', wish.label)
    for (const pattern of searchPatterns(wish.search)) query = query.like('search_text', pattern)
    const ordered =
      wish.sort === 'due'
        ? query.order('due_on', { nullsFirst: false }).order('id')
        : query.order('created_at', { ascending: false }).order('id', { ascending: false })
    const { data, count } = await ordered.range(wish.from, wish.from + wish.size - 1).throwOnError()
    return { rows: data, total: count ?? data.length }
  }

  /** The caller's figures; `today` is his day, as `YYYY-MM-DD`. */
  async counts(today: string) {
    const { data } = await this.supabase.rpc('todo_counts', { today }).single().throwOnError()
    return data
  }

  async addTodo(draft: TodoDraft): Promise<number> {
    const { data } = await this.supabase.from('todos').insert(draft).select('id').single().throwOnError()
    return data.id
  }

  async changeTodo(id: number, changes: TodoChanges): Promise<void> {
    await this.supabase.from('todos').update(changes).eq('id', id).throwOnError()
  }

  async removeTodo(id: number): Promise<void> {
    await this.supabase.from('todos').delete().eq('id', id).throwOnError()
  }

  /** With `signedIn`, an idea that the caller has on his list is `taken`. Strangers may not ask for todos at all. */
  async ideas(wish: IdeaWish) {
    const columns = `id, label, title, detail${wish.signedIn ? ', todos(id)' : ''}`
    let query = this.supabase.from('ideas').select(columns, { count: 'exact' })
    if (wish.label) query = query.eq('label', wish.label)
    for (const pattern of searchPatterns(wish.search)) query = query.like('search_text', pattern)
    const ordered = query.order('id').range(wish.from, wish.from + wish.size - 1)
    // supabase-js reads the types from the columns only when they are a constant.
    const { data, count } = await ordered.overrideTypes<IdeaAnswer[], { merge: false }>().throwOnError()
    return { rows: data.map(readIdea), total: count ?? data.length }
  }
}

function readIdea({ id, label, title, detail, todos = [] }: IdeaAnswer) {
  return { id, label, title, detail, taken: todos.length > 0 }
}

/** One pattern for each word, so that their order does not matter. `*` cannot be escaped on this wire. */
function searchPatterns(search: string): string[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  return words.map((word) => `%${word.replace(/[\\%_]/g, '\\$&').replaceAll('*', '_')}%`)
}

/** The tables as supabase-js sees them. `supabase gen types typescript --local` makes a longer file of this shape. */

/** A row of `todos`, without what only the database needs. */
type TodoRow = {
  id: number
  title: string
  done: boolean
  due_on: string | null
  label: string | null
  idea_id: number | null
  created_at: string
  search_text: string
}

type IdeaRow = { id: number; label: string; title: string; detail: string; search_text: string }
type LabelRow = { id: string; name: string; position: number }

/** Columns that a signed-in user may write: the grants in `supabase/migrations`. */
export type TodoDraft = Pick<TodoRow, 'title'> &
  Partial<Pick<TodoRow, 'done' | 'due_on' | 'label' | 'idea_id' | 'created_at'>>
export type TodoChanges = Partial<Pick<TodoRow, 'title' | 'done' | 'due_on' | 'label'>>

export type Database = {
  public: {
    Tables: {
      labels: { Row: LabelRow; Insert: never; Update: never; Relationships: [] }
      ideas: { Row: IdeaRow; Insert: never; Update: never; Relationships: [] }
      todos: {
        Row: TodoRow
        Insert: TodoDraft
        Update: TodoChanges
        Relationships: [
          {
            foreignKeyName: 'todos_idea_id_fkey'
            columns: ['idea_id']
            isOneToOne: false
            referencedRelation: 'ideas'
            referencedColumns: ['id']
          },
        ]
      }
    }
    // oxlint-disable-next-line typescript/no-generated-empty-object-type -- there are no views, so no name is one
    Views: Record<never, never>
    Functions: {
      todo_counts: {
        Args: { today?: string }
        Returns: { open: number; done: number; overdue: number }[]
      }
    }
  }
}

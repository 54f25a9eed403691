/** The signed-in user's todos: adding, the list with its filters, and the figures above it. */
import type { Api, Stretch, Todo } from './api.ts'
import type { TodoChanges, TodoDraft } from './database-types.ts'
import { localDay, longDay } from './due-date.ts'
import { watchTools, type LabelChoice } from './label-choice.ts'
import type { Notices } from './notices.ts'
import { PagedList } from './paged-list.ts'
import { fieldText, part } from './part.ts'
import { TodoRow, type TodoDeeds } from './todo-row.ts'

export interface TodoPanelNeeds {
  readonly api: Api
  readonly labels: LabelChoice
  readonly notices: Notices
  /** A sentence for the user; ends the session when that is what failed. */
  failureText(failure: unknown): string
  /** A todo that came from an idea was removed or brought back. */
  ideaChanged(): void
}

const pageSize = 20

export class TodoPanel {
  readonly #needs: TodoPanelNeeds
  readonly #add = part(document, '#add', HTMLFormElement)
  readonly #title = part(this.#add, '[name=title]', HTMLInputElement)
  readonly #tools = part(document, '#todo-tools', HTMLFormElement)
  readonly #list: PagedList<Todo>
  readonly #deeds: TodoDeeds = {
    tick: (todo, done) => this.#tick(todo, done),
    save: (todo, changes) => this.#save(todo, changes),
    remove: (todo) => void this.#remove(todo),
    move: (step) => this.#list.focusNeighbour(step),
  }

  constructor(needs: TodoPanelNeeds) {
    this.#needs = needs
    this.#list = new PagedList<Todo>({
      root: part(document, '#todo-list', HTMLElement),
      pageSize,
      names: ['todo', 'todos'],
      fallback: this.#title,
      load: (stretch) => needs.api.todos(this.#wish(stretch)),
      row: (todo) => new TodoRow(todo, needs.labels, this.#deeds),
      emptyText: () => this.#emptyText(),
      failureText: (failure) => needs.failureText(failure),
    })
    watchTools(this.#tools, () => void this.#list.load())
    this.#add.addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#addFromForm()
    })
  }

  /** Loads the todos of whoever is signed in now. */
  open(): void {
    part(document, '#today', HTMLElement).textContent = longDay(localDay(new Date()))
    this.close()
    void this.#list.load()
    void this.#showCounts()
  }

  /** Takes everything private off the page. */
  close(): void {
    this.#add.reset()
    this.#tools.reset()
    this.#list.clear()
    for (const figure of document.querySelectorAll('[data-count]')) figure.textContent = '–'
  }

  /** Something was added elsewhere. */
  async refresh(): Promise<void> {
    await Promise.all([this.#list.refresh(), this.#showCounts()])
  }

  focus(): void {
    this.#title.focus()
  }

  #wish(stretch: Stretch) {
    const [filter, label, search, sort] = ['filter', 'label', 'search', 'sort'].map((name) =>
      fieldText(this.#tools, name),
    )
    return { ...stretch, filter: filter ?? '', label: label ?? '', search: search ?? '', sort: sort ?? '' }
  }

  #emptyText(): string {
    const { filter, label, search } = this.#wish({ from: 0, size: 0 })
    if (search || label) return 'No todo of yours fits this search.'
    if (filter === 'done') return 'Nothing is done yet. It will be.'
    if (filter === 'open') return 'Nothing is open. Enjoy it.'
    return 'Nothing here yet. Write your first todo above, or take one from the ideas.'
  }

  async #addFromForm(): Promise<void> {
    const title = fieldText(this.#add, 'title')
    const draft = {
      title,
      label: fieldText(this.#add, 'label') || null,
      due_on: fieldText(this.#add, 'due') || null,
    }
    const problem = title
      ? await this.#attempt(() => this.#needs.api.addTodo(draft))
      : 'A todo needs a title.'
    part(this.#add, '.problem', HTMLElement).textContent = problem ?? ''
    this.#title.focus()
    if (problem !== undefined) return
    this.#add.reset()
    this.#needs.notices.say(`Added “${title}”.`)
    await this.refresh()
  }

  async #tick(todo: Todo, done: boolean): Promise<string | undefined> {
    const problem = await this.#attempt(() => this.#needs.api.changeTodo(todo.id, { done }))
    if (problem !== undefined) {
      this.#needs.notices.say(problem)
      return problem
    }
    void this.#showCounts()
    this.#list.distrust()
    const { filter } = this.#wish({ from: 0, size: 0 })
    if (filter === 'all' || (filter === 'done') === done) return undefined
    this.#list.remove(todo.id)
    const run = () => void this.#restore(todo.id, () => this.#needs.api.changeTodo(todo.id, { done: !done }))
    this.#needs.notices.say(`“${todo.title}” is ${done ? 'done' : 'open again'}.`, { name: 'Undo', run })
    return undefined
  }

  async #save(todo: Todo, changes: TodoChanges): Promise<string | undefined> {
    const problem = await this.#attempt(() => this.#needs.api.changeTodo(todo.id, changes))
    if (problem !== undefined) return problem
    this.#needs.notices.say('Saved.')
    // After the row has left its form, so that the focus is on the row and can follow it to its new place.
    setTimeout(() => void this.refresh())
    return undefined
  }

  async #remove(todo: Todo): Promise<void> {
    const problem = await this.#attempt(() => this.#needs.api.removeTodo(todo.id))
    if (problem !== undefined) return this.#needs.notices.say(problem)
    this.#list.remove(todo.id)
    this.#changed(todo)
    const { title, done, due_on, label, idea_id, created_at } = todo
    const draft: TodoDraft = { title, done, due_on, label, idea_id, created_at }
    const run = () =>
      void this.#restore(todo.id, () => this.#needs.api.addTodo(draft)).then(() => this.#changed(todo))
    this.#needs.notices.say(`Deleted “${title}”.`, { name: 'Undo', run })
  }

  // A deleted todo comes back under a new number, which the server then says.
  async #restore(id: number, bringBack: () => Promise<number | void>): Promise<void> {
    let shownId = id
    const problem = await this.#attempt(async () => {
      shownId = (await bringBack()) ?? id
    })
    if (problem !== undefined) return this.#needs.notices.say(problem)
    await this.refresh()
    this.#list.focus(shownId)
  }

  #changed(todo: Todo): void {
    void this.#showCounts()
    if (todo.idea_id !== null) this.#needs.ideaChanged()
  }

  async #attempt(run: () => Promise<unknown>): Promise<string | undefined> {
    try {
      await run()
      return undefined
    } catch (failure) {
      return this.#needs.failureText(failure)
    }
  }

  async #showCounts(): Promise<void> {
    try {
      const counts = await this.#needs.api.counts(localDay(new Date()))
      for (const [name, count] of Object.entries(counts)) {
        const figure = part(document, `[data-count=${name}]`, HTMLElement)
        figure.textContent = String(count)
        figure.classList.toggle('late', name === 'overdue' && count > 0)
      }
    } catch (failure) {
      this.#needs.failureText(failure)
    }
  }
}

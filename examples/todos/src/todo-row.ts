/** One todo: its text, its tick, and the form that takes their place while it is edited. */
import type { Todo } from './api.ts'
import type { TodoChanges } from './database-types.ts'
import { dueText, localDay } from './due-date.ts'
import type { LabelChoice } from './label-choice.ts'
import { copyTemplate, fieldText, part } from './part.ts'

/** What a row asks its list to do. A text that comes back says why it was not done. */
export interface TodoDeeds {
  tick(todo: Todo, done: boolean): Promise<string | undefined>
  save(todo: Todo, changes: TodoChanges): Promise<string | undefined>
  remove(todo: Todo): void
  move(step: 1 | -1): void
}

export class TodoRow {
  readonly element = copyTemplate('todo-row')
  readonly #view = part(this.element, '.todo-view', HTMLElement)
  readonly #form = part(this.element, '.todo-edit', HTMLFormElement)
  readonly #tick = part(this.element, '.tick', HTMLInputElement)
  readonly #title = part(this.element, '.title', HTMLElement)
  readonly #problem = part(this.element, '.problem', HTMLElement)
  readonly #labels: LabelChoice
  readonly #deeds: TodoDeeds
  #todo: Todo

  constructor(todo: Todo, labels: LabelChoice, deeds: TodoDeeds) {
    this.#todo = todo
    this.#labels = labels
    this.#deeds = deeds
    this.#listen()
    this.show(todo)
  }

  focus(): void {
    this.#tick.focus()
  }

  #listen(): void {
    const on = (selector: string, run: () => void) =>
      part(this.element, selector, HTMLElement).addEventListener('click', run)
    on('.edit', () => this.#edit())
    on('.title', () => this.#edit())
    on('.remove', () => this.#deeds.remove(this.#todo))
    on('.cancel', () => this.#leave())
    this.#tick.addEventListener('change', () => void this.#setDone(this.#tick.checked))
    this.#view.addEventListener('keydown', (event) => this.#onKey(event))
    this.#form.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.#leave()
    })
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#save()
    })
  }

  /** Leaves an edit that is under way alone. */
  show(todo: Todo): void {
    this.#todo = todo
    const { title, done, label, due_on: due, idea } = todo
    const today = localDay(new Date())
    const dueElement = part(this.element, '.due', HTMLElement)
    this.element.classList.toggle('done', done)
    this.#tick.checked = done
    this.#tick.setAttribute('aria-label', title)
    this.#title.textContent = title
    this.#labels.show(part(this.element, '.label', HTMLElement), label)
    dueElement.textContent = due && dueText(due, today)
    dueElement.classList.toggle('late', !done && due !== null && due < today)
    part(this.element, '.detail', HTMLElement).textContent = idea?.detail ?? ''
    part(this.element, '.edit', HTMLElement).setAttribute('aria-label', `Edit ${title}`)
    part(this.element, '.remove', HTMLElement).setAttribute('aria-label', `Delete ${title}`)
  }

  // These keys work only while the row has the focus, so they cannot surprise anybody who types elsewhere.
  #onKey(event: KeyboardEvent): void {
    const keys: Record<string, () => void> = {
      ArrowDown: () => this.#deeds.move(1),
      ArrowUp: () => this.#deeds.move(-1),
      ...(event.target === this.#tick && {
        Enter: () => this.#edit(),
        Delete: () => this.#deeds.remove(this.#todo),
        Backspace: () => this.#deeds.remove(this.#todo),
      }),
    }
    const run = keys[event.key]
    if (!run) return
    event.preventDefault()
    run()
  }

  async #setDone(done: boolean): Promise<void> {
    this.show({ ...this.#todo, done })
    const problem = await this.#deeds.tick(this.#todo, done)
    // Once more, because an older answer may have been shown meanwhile.
    this.show({ ...this.#todo, done: problem === undefined ? done : !done })
  }

  #edit(): void {
    const title = part(this.#form, '[name=title]', HTMLInputElement)
    const label = part(this.#form, '[name=label]', HTMLSelectElement)
    this.#labels.fill(label, 'No label')
    title.value = this.#todo.title
    label.value = this.#todo.label ?? ''
    part(this.#form, '[name=due]', HTMLInputElement).value = this.#todo.due_on ?? ''
    this.#problem.textContent = ''
    this.#view.hidden = true
    this.#form.hidden = false
    title.focus()
    title.select()
  }

  #leave(): void {
    this.#form.hidden = true
    this.#view.hidden = false
    this.focus()
  }

  async #save(): Promise<void> {
    const changes = {
      title: fieldText(this.#form, 'title'),
      label: fieldText(this.#form, 'label') || null,
      due_on: fieldText(this.#form, 'due') || null,
    }
    const problem = changes.title ? await this.#deeds.save(this.#todo, changes) : 'A todo needs a title.'
    this.#problem.textContent = problem ?? ''
    if (problem !== undefined) return
    this.show({ ...this.#todo, ...changes })
    this.#leave()
  }
}

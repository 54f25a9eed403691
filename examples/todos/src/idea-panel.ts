/** The public list of ideas. Everybody reads it; whoever is signed in takes one with a click. */
import type { Api, Idea } from './api.ts'
import { watchTools, type LabelChoice } from './label-choice.ts'
import type { Notices } from './notices.ts'
import { PagedList, type Row } from './paged-list.ts'
import { copyTemplate, fieldText, part } from './part.ts'

export interface IdeaPanelNeeds {
  readonly api: Api
  readonly labels: LabelChoice
  readonly notices: Notices
  failureText(failure: unknown): string
  /** An idea has become a todo. */
  taken(): void
  /** Somebody who is not signed in wants to take one. */
  askToSignIn(): void
}

const pageSize = 20

export class IdeaPanel {
  readonly #needs: IdeaPanelNeeds
  readonly #tools = part(document, '#idea-tools', HTMLFormElement)
  readonly #list: PagedList<Idea>
  #signedIn = false

  constructor(needs: IdeaPanelNeeds) {
    this.#needs = needs
    needs.labels.fillChips(part(this.#tools, '.chips', HTMLFieldSetElement), 'All')
    this.#list = new PagedList<Idea>({
      root: part(document, '#idea-list', HTMLElement),
      pageSize,
      names: ['idea', 'ideas'],
      fallback: part(this.#tools, '[name=search]', HTMLInputElement),
      load: (stretch) =>
        needs.api.ideas({
          ...stretch,
          label: fieldText(this.#tools, 'label'),
          search: fieldText(this.#tools, 'search'),
          signedIn: this.#signedIn,
        }),
      row: (idea) => this.#row(idea),
      emptyText: () => 'No idea fits this search.',
      failureText: (failure) => needs.failureText(failure),
    })
    watchTools(this.#tools, () => void this.#list.load())
  }

  /** Loads the list, with the marks of whoever is signed in. */
  open(signedIn: boolean): void {
    this.#signedIn = signedIn
    void this.#list.load()
  }

  async refresh(): Promise<void> {
    await this.#list.refresh()
  }

  #row(idea: Idea): Row<Idea> {
    const element = copyTemplate('idea-row')
    const button = part(element, '.take', HTMLButtonElement)
    part(element, '.title', HTMLElement).textContent = idea.title
    part(element, '.detail', HTMLElement).textContent = idea.detail
    this.#needs.labels.show(part(element, '.label', HTMLElement), idea.label)
    markTaken(button, idea, idea.taken)
    button.addEventListener('click', () => void this.#take(idea, button))
    return { element, focus: () => button.focus(), show: ({ taken }) => markTaken(button, idea, taken) }
  }

  async #take(idea: Idea, button: HTMLButtonElement): Promise<void> {
    if (!this.#signedIn) return this.#needs.askToSignIn()
    if (button.getAttribute('aria-disabled') === 'true') return
    markTaken(button, idea, true)
    try {
      await this.#needs.api.addTodo({ title: idea.title, label: idea.label, idea_id: idea.id })
      this.#needs.notices.say(`Added “${idea.title}” to your todos.`)
      this.#needs.taken()
    } catch (failure) {
      markTaken(button, idea, false)
      this.#needs.notices.say(this.#needs.failureText(failure))
    }
  }
}

// `aria-disabled` and not `disabled`: a disabled button would lose the focus that the reader has on it.
function markTaken(button: HTMLButtonElement, idea: Idea, taken: boolean): void {
  button.setAttribute('aria-disabled', String(taken))
  const label = taken ? `${idea.title} is on your list` : `Add ${idea.title} to your todos`
  button.setAttribute('aria-label', label)
  button.title = taken ? 'On your list' : 'Add to your todos'
}

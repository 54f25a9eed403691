/** A list that loads in stretches, and says honestly when it is loading, empty or broken. */
import type { Stretch } from './api.ts'
import { part } from './part.ts'

export interface Row<T> {
  readonly element: HTMLElement
  focus(): void
  /** Shows what the server says about it now. */
  show(item: T): void
}

export interface PagedListOptions<T extends { id: number }> {
  readonly root: HTMLElement
  readonly pageSize: number
  /** What the rows are called, as `[one, many]`. */
  readonly names: readonly [string, string]
  /** Where the focus goes when the last row has gone. */
  readonly fallback: HTMLElement
  load(stretch: Stretch): Promise<{ rows: T[]; total: number }>
  row(item: T): Row<T>
  emptyText(): string
  failureText(failure: unknown): string
}

export class PagedList<T extends { id: number }> {
  readonly #options: PagedListOptions<T>
  readonly #list: HTMLUListElement
  readonly #note: HTMLElement
  readonly #more: HTMLButtonElement
  readonly #counted: HTMLElement
  readonly #rows = new Map<number, Row<T>>()
  #total = 0
  // Answers may come in another order than the questions; only the newest question counts.
  #turn = 0

  constructor(options: PagedListOptions<T>) {
    this.#options = options
    this.#list = part(options.root, 'ul', HTMLUListElement)
    this.#note = part(options.root, '.list-note', HTMLElement)
    this.#more = part(options.root, '.more', HTMLButtonElement)
    this.#counted = part(options.root, '.list-count', HTMLElement)
    this.#more.addEventListener('click', () => void this.#loadMore())
  }

  /** The first stretch, with placeholders while it comes. */
  async load(): Promise<void> {
    if (this.#rows.size === 0) this.#list.replaceChildren(...placeholders())
    this.#note.hidden = true
    await this.#ask({ from: 0, size: this.#options.pageSize }, (items) => this.#replace(items))
  }

  /** As many rows as are shown now, again. The old ones stay until the new ones are here. */
  async refresh(): Promise<void> {
    const size = Math.max(this.#options.pageSize, this.#rows.size)
    await this.#ask({ from: 0, size }, (items) => this.#replace(items))
  }

  /** Takes a row out; if it had the focus, a neighbour gets it. */
  remove(id: number): void {
    const row = this.#rows.get(id)
    if (!row) return
    const heir = this.#neighbour(row.element, 1) ?? this.#neighbour(row.element, -1) ?? this.#options.fallback
    const hadFocus = row.element.contains(document.activeElement)
    this.#rows.delete(id)
    row.element.remove()
    this.#total -= 1
    this.#describe()
    if (hadFocus) heir.focus()
    this.distrust()
  }

  /** The server has changed: an answer that is under way may be older than that, so it is asked for again. */
  distrust(): void {
    if (this.#options.root.hasAttribute('aria-busy')) void this.refresh()
  }

  focus(id: number): void {
    this.#rows.get(id)?.focus()
  }

  /** Moves the focus to the row after (1) or before (-1) the one that has it. */
  focusNeighbour(step: 1 | -1): void {
    const here = [...this.#rows.values()].find((row) => row.element.contains(document.activeElement))
    if (here) this.#neighbour(here.element, step)?.focus()
  }

  /** Forgets everything, also answers that are still under way. */
  clear(): void {
    this.#turn += 1
    this.#total = 0
    this.#options.root.removeAttribute('aria-busy')
    this.#replace([])
    this.#counted.textContent = ''
    this.#note.hidden = true
    this.#more.hidden = true
  }

  async #ask(stretch: Stretch, put: (items: T[]) => void): Promise<void> {
    const turn = ++this.#turn
    this.#options.root.setAttribute('aria-busy', 'true')
    try {
      const { rows, total } = await this.#options.load(stretch)
      if (turn !== this.#turn) return
      this.#total = total
      put(rows)
      this.#describe()
    } catch (failure) {
      if (turn === this.#turn) this.#complain(this.#options.failureText(failure))
    } finally {
      if (turn === this.#turn) this.#options.root.removeAttribute('aria-busy')
    }
  }

  async #loadMore(): Promise<void> {
    const last = [...this.#rows.values()].at(-1)
    await this.#ask({ from: this.#rows.size, size: this.#options.pageSize }, (items) => this.#append(items))
    if (last) this.#neighbour(last.element, 1)?.focus()
  }

  #append(items: T[]): void {
    // A row may come twice when others were added meanwhile and pushed it onto the next stretch.
    for (const item of items.filter(({ id }) => !this.#rows.has(id))) {
      const row = this.#options.row(item)
      this.#rows.set(item.id, row)
      this.#list.append(row.element)
    }
  }

  // Rows that stay are kept as they are: one may have the focus, or be in the middle of an edit.
  #replace(items: T[]): void {
    const focused = document.activeElement
    const before = new Map(this.#rows)
    this.#rows.clear()
    for (const item of items) {
      const row = before.get(item.id) ?? this.#options.row(item)
      if (before.has(item.id)) row.show(item)
      this.#rows.set(item.id, row)
    }
    this.#list.replaceChildren(...[...this.#rows.values()].map(({ element }) => element))
    // An element that moves loses the focus.
    if (focused instanceof HTMLElement && this.#list.contains(focused)) focused.focus()
  }

  #describe(): void {
    const shown = this.#rows.size
    const name = this.#options.names[this.#total === 1 ? 0 : 1]
    this.#counted.textContent = `${shown < this.#total ? `${shown} of ` : ''}${this.#total} ${name}`
    this.#more.hidden = shown >= this.#total
    this.#note.hidden = this.#total > 0
    this.#note.replaceChildren(this.#options.emptyText())
  }

  #complain(text: string): void {
    if (this.#rows.size === 0) this.#list.replaceChildren()
    const again = document.createElement('button')
    again.type = 'button'
    again.className = 'quiet'
    again.textContent = 'Try again'
    again.addEventListener('click', () => void (this.#rows.size > 0 ? this.refresh() : this.load()))
    this.#note.replaceChildren(text, again)
    this.#note.hidden = false
  }

  #neighbour(element: HTMLElement, step: 1 | -1): Row<T> | undefined {
    const next = step === 1 ? element.nextElementSibling : element.previousElementSibling
    return [...this.#rows.values()].find((row) => row.element === next)
  }
}

function placeholders(): HTMLElement[] {
  return Array.from({ length: 6 }, () => {
    const item = document.createElement('li')
    item.className = 'placeholder'
    item.setAttribute('aria-hidden', 'true')
    return item
  })
}

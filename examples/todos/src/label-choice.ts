/** Puts the labels of the database into the page's choices. */
import type { Label } from './api.ts'
import { part } from './part.ts'

export class LabelChoice {
  readonly #labels: readonly Label[]

  constructor(labels: readonly Label[]) {
    this.#labels = labels
  }

  /** Every `<select data-labels="…">` of the page: no label at first, then each. */
  fillPage(): void {
    for (const select of document.querySelectorAll<HTMLSelectElement>('select[data-labels]')) {
      this.fill(select, select.dataset['labels'] ?? '')
    }
  }

  /** `none` is the text of the choice that stands for no label. */
  fill(select: HTMLSelectElement, none: string): void {
    select.replaceChildren(new Option(none, ''), ...this.#labels.map(({ id, name }) => new Option(name, id)))
  }

  /** A row of chips, one of which is always chosen; `all` stands for no choice. */
  fillChips(fieldset: HTMLFieldSetElement, all: string): void {
    for (const { id, name } of [{ id: '', name: all }, ...this.#labels]) fieldset.append(chip(id, name))
  }

  /** Writes a label's name and colour into `element`, or hides it when there is none. */
  show(element: HTMLElement, id: string | null): void {
    element.hidden = id === null
    element.dataset['label'] = id ?? ''
    element.textContent = this.#labels.find((label) => label.id === id)?.name ?? id
  }
}

function chip(id: string, name: string): HTMLElement {
  const label = document.createElement('label')
  const input = document.createElement('input')
  const text = document.createElement('span')
  input.type = 'radio'
  input.name = 'label'
  input.value = id
  input.checked = id === ''
  text.dataset['label'] = id
  text.textContent = name
  label.append(input, text)
  return label
}

/** Calls `changed` after a choice at once, and after typing as soon as the typing rests. */
export function watchTools(form: HTMLFormElement, changed: () => void): void {
  const restMs = 200
  let timer: ReturnType<typeof setTimeout> | undefined
  form.addEventListener('submit', (event) => event.preventDefault())
  form.addEventListener('input', (event) => {
    clearTimeout(timer)
    const isTyping = event.target === part(form, 'input[type=search]', HTMLInputElement)
    timer = setTimeout(changed, isTyping ? restMs : 0)
  })
}

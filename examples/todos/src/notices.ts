/** Short messages at the lower edge, read out by screen readers, with at most one thing to do about them. */
import { copyTemplate, part } from './part.ts'

export interface Deed {
  readonly name: string
  run(): void
}

export interface Notices {
  /** Shows `text` until it has had its time; a pointer or the focus on it stops the clock. */
  say(text: string, deed?: Deed): void
  /** Runs the newest deed that is still on show. False when there is none. */
  runNewest(): boolean
}

const shownMs = 6_000
const shownWithDeedMs = 12_000

export function createNotices(): Notices {
  const region = part(document, '#notices', HTMLElement)
  const deeds = new Map<Element, () => void>()

  return {
    say(text, deed) {
      const notice = copyTemplate('notice')
      part(notice, 'p', HTMLElement).textContent = text
      const close = () => {
        deeds.delete(notice)
        notice.remove()
      }
      if (deed) deeds.set(notice, addButton(notice, deed, close))
      makeRoom(region, deeds)
      region.append(notice)
      closeAfter(notice, deed ? shownWithDeedMs : shownMs, close)
    },

    runNewest() {
      const newest = [...deeds.values()].at(-1)
      newest?.()
      return newest !== undefined
    },
  }
}

function addButton(notice: HTMLElement, deed: Deed, close: () => void): () => void {
  const button = part(notice, 'button', HTMLButtonElement)
  button.textContent = deed.name
  button.hidden = false
  const run = () => {
    close()
    deed.run()
  }
  button.addEventListener('click', run)
  return run
}

function closeAfter(notice: HTMLElement, waitMs: number, close: () => void): void {
  let timer = setTimeout(close, waitMs)
  const hold = () => clearTimeout(timer)
  const go = () => {
    clearTimeout(timer)
    timer = setTimeout(close, waitMs)
  }
  notice.addEventListener('pointerenter', hold)
  notice.addEventListener('focusin', hold)
  notice.addEventListener('pointerleave', go)
  notice.addEventListener('focusout', go)
}

// A new message replaces the one before, except when that can still be acted upon; of those, two stay.
function makeRoom(region: HTMLElement, deeds: Map<Element, () => void>): void {
  const kept = new Set([...deeds.keys()].slice(-2))
  for (const notice of [...region.children].filter((child) => !kept.has(child))) {
    deeds.delete(notice)
    notice.remove()
  }
}

/** The button that switches between light and dark. Until it is used, the system's preference holds. */
import { part } from './part.ts'

/** Wires the button; `public/theme.js` restores the choice before the page is drawn. */
export function startTheme(): void {
  const root = document.documentElement
  const button = part(document, '#theme', HTMLButtonElement)
  const systemDark = matchMedia('(prefers-color-scheme: dark)')
  const isDark = () => (root.dataset['theme'] ? root.dataset['theme'] === 'dark' : systemDark.matches)
  const show = () => button.setAttribute('aria-pressed', String(isDark()))

  button.addEventListener('click', () => {
    const theme = isDark() ? 'light' : 'dark'
    root.dataset['theme'] = theme
    keep(theme)
    show()
  })
  systemDark.addEventListener('change', show)
  show()
}

function keep(theme: string): void {
  try {
    localStorage.setItem('todos-theme', theme)
  } catch {
    // Storage may be forbidden; the choice then lasts until the page is closed.
  }
}

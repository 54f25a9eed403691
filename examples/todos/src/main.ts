/** Starts the page: finds the server, loads the labels, and shows what belongs to whoever is signed in. */
import { Api, type Label, type User } from './api.ts'
import { findConnection } from './connection.ts'
import { failureText, isSessionOver } from './failure-text.ts'
import { IdeaPanel } from './idea-panel.ts'
import { LabelChoice } from './label-choice.ts'
import { createNotices } from './notices.ts'
import { part } from './part.ts'
import { SignForm } from './sign-form.ts'
import { startTheme } from './theme.ts'
import { TodoPanel } from './todo-panel.ts'

startTheme()
try {
  await start()
} catch (failure) {
  part(document, '#down-text', HTMLElement).textContent = failureText(failure)
  part(document, '#retry', HTMLButtonElement).addEventListener('click', () => location.reload())
  document.body.dataset['state'] = 'down'
}

async function start(): Promise<void> {
  const api = new Api(await findConnection())
  // For the browser's console: try to read somebody else's todos.
  Object.assign(globalThis, { supabase: api.supabase })
  const labels = new LabelChoice(await loadLabels(api))
  labels.fillPage()
  startPanels(api, labels)
}

/** The first question to the server, so it also finds out that a kept session is worth nothing any more. */
async function loadLabels(api: Api): Promise<Label[]> {
  try {
    return await api.labels()
  } catch (failure) {
    if (!isSessionOver(failure)) throw failure
    await api.signOut()
    return api.labels()
  }
}

function startPanels(api: Api, labels: LabelChoice): void {
  const notices = createNotices()
  const signForm = new SignForm(api, notices)
  const explain = (failure: unknown) => {
    if (!isSessionOver(failure)) return failureText(failure)
    void api.signOut()
    return 'Your session has ended. Please sign in again.'
  }
  const shared = { api, labels, notices, failureText: explain }
  const todos = new TodoPanel({ ...shared, ideaChanged: () => void ideas.refresh() })
  const ideas = new IdeaPanel({
    ...shared,
    taken: () => void todos.refresh(),
    askToSignIn() {
      notices.say('Sign up or sign in first, then it is yours with one click.')
      signForm.focus()
    },
  })
  startBar(api, (text) => notices.say(text))
  document.addEventListener('keydown', (event) => {
    const isUndo = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === 'z'
    if (isUndo && !isTyping(event.target) && notices.runNewest()) event.preventDefault()
  })
  onUserChange(api, (user, wasSignedIn) => {
    show(user)
    ideas.open(user !== undefined)
    if (user) todos.open()
    else todos.close()
    // Only after a sign-in or sign-out: a page that has just been opened must not move the focus.
    if (wasSignedIn !== undefined) (user ? todos : signForm).focus()
  })
}

/** Calls back only when the user is another one: supabase-js reports each renewed token, too. */
function onUserChange(
  api: Api,
  changed: (user: User | undefined, wasSignedIn: boolean | undefined) => void,
): void {
  let known: { id: string | undefined } | undefined
  api.onUser((user) => {
    if (known && known.id === user?.id) return
    const wasSignedIn = known && known.id !== undefined
    known = { id: user?.id }
    changed(user, wasSignedIn)
  })
}

function show(user: User | undefined): void {
  document.body.dataset['state'] = user ? 'user' : 'anon'
  part(document, '#who', HTMLElement).textContent = user?.email ?? ''
}

function startBar(api: Api, say: (text: string) => void): void {
  part(document, '#sign-out', HTMLButtonElement).addEventListener('click', () => {
    api.signOut().catch((failure: unknown) => say(failureText(failure)))
  })
  const tabs = [...document.querySelectorAll<HTMLButtonElement>('[data-to]')]
  for (const tab of tabs) {
    tab.addEventListener('click', () => {
      document.body.dataset['view'] = tab.dataset['to']
      for (const other of tabs) other.setAttribute('aria-pressed', String(other === tab))
    })
  }
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement && target.type !== 'checkbox' && target.type !== 'radio'
}

/** The form for signing up and signing in with e-mail and password. */
import type { Api } from './api.ts'
import { failureText } from './failure-text.ts'
import type { Notices } from './notices.ts'
import { fieldText, part } from './part.ts'

// The server has the last word (`minimum_password_length` in supabase/config.toml); this saves a round trip.
const passwordLengthMin = 8

export class SignForm {
  readonly #form = part(document, '#sign', HTMLFormElement)
  readonly #email = part(this.#form, '#email', HTMLInputElement)
  readonly #password = part(this.#form, '#password', HTMLInputElement)
  readonly #problem = part(this.#form, '#sign-problem', HTMLElement)
  readonly #button = part(this.#form, '#sign-button', HTMLButtonElement)
  readonly #reveal = part(this.#form, '#reveal', HTMLButtonElement)
  readonly #api: Api
  readonly #notices: Notices

  constructor(api: Api, notices: Notices) {
    this.#api = api
    this.#notices = notices
    for (const radio of this.#form.querySelectorAll('[name=mode]')) {
      radio.addEventListener('change', () => this.#showMode())
    }
    this.#reveal.addEventListener('click', () => this.#setRevealed(this.#password.type === 'password'))
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#submit()
    })
    this.#showMode()
  }

  focus(): void {
    this.#email.focus()
  }

  #isNew(): boolean {
    return fieldText(this.#form, 'mode') === 'up'
  }

  #showMode(): void {
    const isNew = this.#isNew()
    this.#button.textContent = isNew ? 'Create account' : 'Sign in'
    this.#password.autocomplete = isNew ? 'new-password' : 'current-password'
    part(this.#form, '#password-hint', HTMLElement).textContent = isNew
      ? `At least ${passwordLengthMin} characters.`
      : ''
    this.#complain('')
  }

  #setRevealed(revealed: boolean): void {
    this.#password.type = revealed ? 'text' : 'password'
    this.#reveal.textContent = revealed ? 'Hide' : 'Show'
    this.#reveal.setAttribute('aria-pressed', String(revealed))
  }

  async #submit(): Promise<void> {
    // Not trimmed: a space may be part of a password.
    const [email, password] = [fieldText(this.#form, 'email'), this.#password.value]
    this.#complain('')
    if (!/^\S+@\S+$/.test(email)) return this.#complain('Write your e-mail address.', this.#email)
    if (this.#isNew() && password.length < passwordLengthMin) {
      return this.#complain(`Choose a password of at least ${passwordLengthMin} characters.`, this.#password)
    }
    if (!password) return this.#complain('Write your password.', this.#password)
    this.#button.disabled = true
    try {
      await this.#send(email, password)
    } catch (failure) {
      this.#complain(failureText(failure), this.#password)
    } finally {
      this.#button.disabled = false
    }
  }

  async #send(email: string, password: string): Promise<void> {
    if (!this.#isNew()) await this.#api.signIn(email, password)
    else if (!(await this.#api.signUp(email, password))) {
      this.#notices.say('Almost there: follow the link in the mail that was sent to you.')
    }
    this.#form.reset()
    this.#setRevealed(false)
    this.#showMode()
  }

  #complain(text: string, field?: HTMLInputElement): void {
    this.#problem.textContent = text
    for (const input of [this.#email, this.#password]) {
      input.setAttribute('aria-invalid', String(input === field))
    }
    field?.focus()
  }
}

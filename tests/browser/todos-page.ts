/** The todos page as its users see it: everything by label, role and text. */
import type { Page } from 'playwright-core'

export interface Account {
  readonly email: string
  readonly password: string
}

export class TodosPage {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  get rows() {
    return this.page.locator('#todo-list .todo')
  }

  row(title: string) {
    return this.rows.filter({ has: this.page.getByText(title, { exact: true }) })
  }

  tick(title: string) {
    return this.page.getByRole('checkbox', { name: title, exact: true })
  }

  get notice() {
    return this.page.locator('.notice')
  }

  async signUp({ email, password }: Account): Promise<void> {
    await this.page.getByText('Sign up', { exact: true }).click()
    await this.page.getByLabel('E-mail').fill(email)
    await this.page.getByLabel('Password', { exact: true }).fill(password)
    await this.page.getByRole('button', { name: 'Create account' }).click()
    await this.page.getByRole('heading', { name: 'Your todos' }).waitFor()
  }

  async signIn({ email, password }: Account): Promise<void> {
    await this.page.getByText('Sign in', { exact: true }).first().click()
    await this.page.getByLabel('E-mail').fill(email)
    await this.page.getByLabel('Password', { exact: true }).fill(password)
    await this.page.getByRole('button', { name: 'Sign in', exact: true }).click()
  }

  async add(title: string, more: { label?: string; due?: string } = {}): Promise<void> {
    const form = this.page.locator('#add')
    await form.getByLabel('New todo').fill(title)
    if (more.label) await form.getByLabel('Label').selectOption(more.label)
    if (more.due) await form.getByLabel('Due date').fill(more.due)
    await form.getByRole('button', { name: 'Add' }).click()
    await this.row(title).waitFor()
  }

  async search(words: string): Promise<void> {
    await this.page.getByLabel('Search your todos').fill(words)
  }

  async filter(name: 'All' | 'Open' | 'Done'): Promise<void> {
    await this.page.locator('#todo-tools').getByText(name, { exact: true }).click()
  }

  /** Of the todos that are shown, in their order. */
  async titles(): Promise<string[]> {
    return this.rows.locator('.title').allTextContents()
  }

  /** The figures above the list: open, done, overdue. */
  async counts(): Promise<string> {
    return (await this.page.locator('#counts dd').allTextContents()).join(' ')
  }
}

/** A calendar day so many days from now, as date fields take it. */
export function dayFromNow(days: number): string {
  const date = new Date()
  date.setDate(date.getDate() + days)
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`
}

function pad(part: number): string {
  return String(part).padStart(2, '0')
}

/** `examples/todos` in a real browser against a real server: what the README's first command promises. */
import path from 'node:path'
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startServer, type TestServer } from '../start-server.ts'
import { chromiumArgs, findChromium } from './find-chromium.ts'
import { dayFromNow, TodosPage, type Account } from './todos-page.ts'

const executablePath = findChromium()
const project = path.join(import.meta.dirname, '../../examples/todos')
const ada: Account = { email: 'ada@example.com', password: 'difference engine' }
const ben: Account = { email: 'ben@example.com', password: 'printing press 1' }
const needed = executablePath ? '' : ' (skipped: install chromium, or set PLINTH_TEST_CHROMIUM to its path)'

describe.skipIf(executablePath === undefined)(`examples/todos${needed}`, () => {
  let server: TestServer
  let browser: Browser
  const contexts: BrowserContext[] = []
  const errors: Error[] = []

  beforeAll(async () => {
    server = await startServer({ project })
    browser = await chromium.launch({ ...(executablePath && { executablePath }), args: [...chromiumArgs] })
  })

  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close()
    if (errors.length > 0) throw new AggregateError(errors.splice(0), 'the page threw')
  })

  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  /** The page in a browser of its own: nothing kept from earlier ones. An error on the page fails the test. */
  async function open(options: BrowserContextOptions = {}): Promise<TodosPage> {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 860 },
      locale: 'en-GB',
      ...options,
    })
    contexts.push(context)
    context.setDefaultTimeout(15_000)
    const page = await context.newPage()
    page.on('pageerror', (error) => errors.push(error))
    await page.goto(server.apiUrl)
    return new TodosPage(page)
  }

  async function newUser(name: string, options?: BrowserContextOptions): Promise<TodosPage> {
    const todos = await open(options)
    await todos.signUp({ email: `${name}@example.com`, password: `the password of ${name}` })
    return todos
  }

  test('anybody reads the ideas, label by label, and page by page', async () => {
    const { page } = await open()
    const ideas = page.locator('#idea-list .idea')
    const counted = page.locator('#idea-list .list-count')
    await eventually(() => ideas.count()).toBe(20)
    expect(await counted.textContent()).toMatch(/^20 of 3\d\d ideas$/)
    await page.getByRole('button', { name: 'Load more' }).click()
    await eventually(() => ideas.count()).toBe(40)
    const titles = await ideas.locator('.title').allTextContents()
    expect(new Set(titles).size).toBe(40)
    await page.locator('#idea-tools').getByText('Books', { exact: true }).click()
    await page.getByLabel('Search ideas').fill('austen PRIDE')
    await eventually(() => ideas.locator('.title').allTextContents()).toEqual(['Read Pride and Prejudice'])
    await page.getByRole('button', { name: 'Add Read Pride and Prejudice' }).click()
    await page.getByText('Sign up or sign in first').waitFor()
  })

  test('two users: add, edit, tick, filter, search, delete with undo; neither sees the other', async () => {
    const todos = await open()
    await todos.signUp(ada)
    await todos.page.getByText('Nothing here yet').waitFor()
    await todos.add('Return the library books', { label: 'books', due: dayFromNow(-2) })
    await todos.add('Buy apples & <b>bread</b>')
    await todos.add('Find 100% of the socks', { due: dayFromNow(1) })
    await eventually(() => todos.counts()).toBe('3 0 1')
    await todos.row('Return the library books').getByText('2 days late').waitFor()

    await todos.row('Buy apples & <b>bread</b>').getByRole('button', { name: 'Edit' }).click()
    await todos.page.getByRole('textbox', { name: 'Title' }).fill('Buy pears')
    await todos.page.keyboard.press('Escape')
    await todos.row('Buy apples & <b>bread</b>').getByRole('button', { name: 'Edit' }).click()
    await todos.page.getByRole('textbox', { name: 'Title' }).fill('Buy apples and bread')
    await todos.page.keyboard.press('Enter')
    await shows(todos, ['Find 100% of the socks', 'Buy apples and bread', 'Return the library books'])

    await todos.tick('Buy apples and bread').check()
    await eventually(() => todos.counts()).toBe('2 1 1')
    await todos.filter('Done')
    await shows(todos, ['Buy apples and bread'])
    await todos.filter('Open')
    await shows(todos, ['Find 100% of the socks', 'Return the library books'])
    await todos.tick('Return the library books').click()
    await shows(todos, ['Find 100% of the socks'])
    await todos.notice.getByRole('button', { name: 'Undo' }).click()
    await shows(todos, ['Find 100% of the socks', 'Return the library books'])
    await todos.filter('All')

    await todos.search('BOOKS lib')
    await shows(todos, ['Return the library books'])
    await todos.search('100% of')
    await shows(todos, ['Find 100% of the socks'])
    await todos.search('1__%')
    await todos.page.getByText('No todo of yours fits this search.').waitFor()
    await todos.search('')
    await todos.page.getByLabel('Order').selectOption('due')
    await shows(todos, ['Return the library books', 'Find 100% of the socks', 'Buy apples and bread'])
    await todos.page.getByLabel('Order').selectOption('newest')

    await todos.row('Find 100% of the socks').getByRole('button', { name: 'Delete' }).click()
    await shows(todos, ['Buy apples and bread', 'Return the library books'])
    await todos.notice.getByRole('button', { name: 'Undo' }).click()
    await shows(todos, ['Find 100% of the socks', 'Buy apples and bread', 'Return the library books'])
    await todos.row('Find 100% of the socks').getByText('Tomorrow').waitFor()
    await todos.row('Buy apples and bread').getByRole('button', { name: 'Delete' }).click()
    await eventually(() => todos.counts()).toBe('2 0 1')

    const other = await open()
    await other.signUp(ben)
    await other.page.getByText('Nothing here yet').waitFor()
    await other.add("Ben's own")
    await shows(other, ["Ben's own"])
    // Behind the page's back, with everything that its client can ask for.
    const select = "supabase.from('todos').select('title, user_id').then(({ data, error }) => error ?? data)"
    expect(await other.page.evaluate(select)).toEqual([{ title: "Ben's own", user_id: expect.any(String) }])
    const steal = "supabase.from('todos').update({ title: 'x' }).neq('title', '').select('title')"
    expect(await other.page.evaluate(`${steal}.then(({ data }) => data)`)).toEqual([{ title: 'x' }])
    const forge = `supabase.from('todos').insert({ title: 'x', user_id: crypto.randomUUID() })`
    expect(await other.page.evaluate(`${forge}.then(({ error }) => error.code)`)).toBe('42501')
    await todos.page.reload()
    await shows(todos, ['Find 100% of the socks', 'Return the library books'])
    await other.page.getByRole('button', { name: 'Sign out' }).click()
    await other.page.getByLabel('E-mail').waitFor()
    expect(await other.rows.count()).toBe(0)
    expect(await other.page.evaluate("supabase.from('todos').select().then(({ error }) => error.code)")).toBe(
      '42501',
    )
  })

  test('a reload keeps the session, signing out ends it, and the password opens it again', async () => {
    const todos = await newUser('cleo')
    await todos.add('Stay')
    await todos.page.reload()
    await shows(todos, ['Stay'])
    await todos.page.getByRole('button', { name: 'Sign out' }).click()
    await todos.page.getByRole('heading', { name: 'A todo list on a backend of your own' }).waitFor()
    await todos.page.reload()
    await todos.page.getByLabel('E-mail').waitFor()
    await todos.signIn({ email: 'cleo@example.com', password: 'wrong password' })
    await todos.page.getByRole('alert').getByText('E-mail or password is wrong.').waitFor()
    await todos.signIn({ email: 'cleo@example.com', password: 'the password of cleo' })
    await shows(todos, ['Stay'])
    expect(await todos.page.getByText('cleo@example.com').isVisible()).toBe(true)
  })

  test('a second account for one address and a short password are refused in words', async () => {
    const first = await newUser('dora')
    await first.page.getByRole('button', { name: 'Sign out' }).click()
    const { page } = await open()
    await page.getByLabel('E-mail').fill('dora@example.com')
    await page.getByLabel('Password', { exact: true }).fill('short')
    await page.getByRole('button', { name: 'Create account' }).click()
    await page.getByRole('alert').getByText('at least 8 characters').waitFor()
    await page.getByLabel('Password', { exact: true }).fill('long enough')
    await page.getByRole('button', { name: 'Create account' }).click()
    await page.getByRole('alert').getByText('There is already an account').waitFor()
    expect(await page.getByRole('heading', { name: 'Your todos' }).isVisible()).toBe(false)
  })

  test('an idea becomes a todo with one click, and is an idea again when the todo goes', async () => {
    const todos = await newUser('emil')
    await todos.page.getByLabel('Search ideas').fill('starry')
    await todos.page.getByRole('button', { name: 'Add See The Starry Night to your todos' }).click()
    await todos.row('See The Starry Night').getByText('Vincent van Gogh, 1889').waitFor()
    await todos.page.reload()
    await todos.page.getByLabel('Search ideas').fill('starry')
    await todos.page.getByRole('button', { name: 'See The Starry Night is on your list' }).waitFor()
    await todos.row('See The Starry Night').getByRole('button', { name: 'Delete' }).click()
    await todos.page.getByRole('button', { name: 'Add See The Starry Night to your todos' }).waitFor()
    expect(await todos.titles()).toEqual([])
  })

  test('more todos than one page', async () => {
    const todos = await newUser('fay')
    const rows = "Array.from({ length: 45 }, (_, i) => ({ title: 'Todo ' + (i + 1) }))"
    expect(
      await todos.page.evaluate(`supabase.from('todos').insert(${rows}).then(({ error }) => error)`),
    ).toBeNull()
    await todos.page.reload()
    await eventually(() => todos.rows.count()).toBe(20)
    const more = todos.page.locator('#todo-list').getByRole('button', { name: 'Load more' })
    await more.click()
    await eventually(() => todos.rows.count()).toBe(40)
    await more.click()
    await eventually(() => todos.rows.count()).toBe(45)
    expect(await more.isVisible()).toBe(false)
    expect(new Set(await todos.rows.locator('.title').allTextContents()).size).toBe(45)
  })

  test('with the keyboard alone', async () => {
    const todos = await open()
    const { keyboard } = todos.page
    const focused = 'document.activeElement.getAttribute("aria-label") ?? document.activeElement.id'
    await todos.page.getByLabel('E-mail').waitFor()
    await todos.page.locator('body').press('Tab')
    expect(await todos.page.evaluate('document.activeElement.textContent')).toBe('Skip to content')
    await todos.page.getByLabel('E-mail').focus()
    await keyboard.type('gus@example.com')
    await keyboard.press('Tab')
    await keyboard.type('only with keys')
    await keyboard.press('Enter')
    await eventually(() => todos.page.evaluate(focused)).toBe('New todo')
    for (const title of ['First', 'Second']) {
      await keyboard.type(title)
      await keyboard.press('Enter')
      await todos.row(title).waitFor()
    }
    await todos.tick('Second').focus()
    await keyboard.press('ArrowDown')
    expect(await todos.page.evaluate(focused)).toBe('First')
    await keyboard.press('Space')
    await eventually(() => todos.counts()).toBe('1 1 0')
    await keyboard.press('Enter')
    await keyboard.type('First of all')
    await keyboard.press('Enter')
    await eventually(() => todos.page.evaluate(focused)).toBe('First of all')
    await keyboard.press('ArrowUp')
    await keyboard.press('Delete')
    await shows(todos, ['First of all'])
    await eventually(() => todos.page.evaluate(focused)).toBe('First of all')
    await keyboard.press('Control+z')
    await shows(todos, ['Second', 'First of all'])
    await eventually(() => todos.page.evaluate(focused)).toBe('Second')
  })

  test('a server that goes away is said, and the tick that it did not take is taken back', async () => {
    const todos = await newUser('hal')
    await todos.add('Hold on')
    await todos.page.context().setOffline(true)
    await todos.tick('Hold on').click()
    await todos.notice.getByText('The server does not answer').waitFor()
    expect(await todos.tick('Hold on').isChecked()).toBe(false)
    await todos.search('hold')
    await todos.page.locator('#todo-list').getByText('The server does not answer').waitFor()
    await todos.page.context().setOffline(false)
    await todos.page.locator('#todo-list').getByRole('button', { name: 'Try again' }).click()
    await todos.page.locator('#todo-list .list-note').waitFor({ state: 'hidden' })
    await shows(todos, ['Hold on'])
  })

  test('a session of another database is ended instead of breaking the page', async () => {
    const todos = await newUser('ida')
    const forge = `for (const key of Object.keys(localStorage).filter((name) => name.startsWith('sb-'))) {
      const session = JSON.parse(localStorage.getItem(key))
      session.access_token = session.access_token.replace(/[^.]+$/, 'AAAA')
      localStorage.setItem(key, JSON.stringify(session))
    }`
    await todos.page.evaluate(forge)
    await todos.page.reload()
    await todos.page.getByLabel('E-mail').waitFor()
    await eventually(() => todos.page.locator('#idea-list .idea').count()).toBe(20)
    expect(
      await todos.page.evaluate('supabase.auth.getSession().then(({ data }) => data.session)'),
    ).toBeNull()
  })

  test('320 px wide, nothing is cut off', async () => {
    const todos = await newUser('jo', { viewport: { width: 320, height: 640 } })
    await todos.add(`A long one ${'without-any-space-'.repeat(6)}`, {
      label: 'everyday',
      due: dayFromNow(40),
    })
    const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
    expect(await todos.page.evaluate(overflow)).toBeLessThanOrEqual(0)
    await todos.rows.getByRole('button', { name: 'Edit' }).click()
    expect(await todos.page.evaluate(overflow)).toBeLessThanOrEqual(0)
    await todos.page.keyboard.press('Escape')
    await todos.page.getByRole('button', { name: 'Ideas', exact: true }).click()
    await todos.page.locator('#idea-list .idea').first().waitFor()
    expect(await todos.page.evaluate(overflow)).toBeLessThanOrEqual(0)
    await todos.page.getByRole('button', { name: 'Sign out' }).click()
    await todos.page.getByLabel('E-mail').waitFor()
    expect(await todos.page.evaluate(overflow)).toBeLessThanOrEqual(0)
  })

  test('light and dark, by the system and by the button', async () => {
    const todos = await newUser('kim', { colorScheme: 'dark', reducedMotion: 'reduce' })
    await fillForPicture(todos)
    const ground = 'getComputedStyle(document.body).backgroundColor'
    expect(await todos.page.evaluate(ground)).toBe('rgb(15, 19, 17)')
    await takePicture(todos, 'todos-dark')
    await todos.page.getByRole('button', { name: 'Dark theme', pressed: true }).click()
    expect(await todos.page.evaluate(ground)).toBe('rgb(244, 245, 241)')
    await todos.page.reload()
    await shows(todos, pictureTitles)
    expect(await todos.page.evaluate(ground)).toBe('rgb(244, 245, 241)')
    await takePicture(todos, 'todos-light')
    await todos.page.setViewportSize({ width: 390, height: 844 })
    await takePicture(todos, 'todos-mobile')
  })
})

/** Asks until the answer fits; what a page shows comes a little after what was done. */
function eventually<T>(read: () => Promise<T>) {
  return expect.poll(read, { timeout: 10_000 })
}

async function shows(todos: TodosPage, titles: readonly string[]): Promise<void> {
  await eventually(() => todos.titles()).toEqual(titles)
}

const pictureTitles = [
  'Buy apples, bread and coffee',
  'Book train tickets to the Lake District',
  'See The Starry Night',
  'Watch the Perseids',
  'Plan a walk under the beeches',
  'Renew the passport',
  'Return the library books',
]

async function fillForPicture(todos: TodosPage): Promise<void> {
  await todos.add('Return the library books', { label: 'books', due: dayFromNow(-2) })
  await todos.add('Renew the passport', { label: 'everyday', due: dayFromNow(9) })
  await todos.add('Plan a walk under the beeches', { label: 'trees' })
  for (const title of ['Watch the Perseids', 'See The Starry Night']) {
    await todos.page.getByLabel('Search ideas').fill(title)
    await todos.page.getByRole('button', { name: `Add ${title}` }).click()
    await todos.row(title).waitFor()
  }
  await todos.page.getByLabel('Search ideas').fill('')
  await todos.add('Book train tickets to the Lake District', { label: 'parks', due: dayFromNow(1) })
  await todos.add('Buy apples, bread and coffee', { label: 'everyday', due: dayFromNow(0) })
  await todos.tick('Watch the Perseids').check()
  await todos.tick('Plan a walk under the beeches').check()
  await eventually(() => todos.counts()).toBe('5 2 1')
  await shows(todos, pictureTitles)
}

/** For the README; pictures differ between machines, so they are only written when asked for. */
async function takePicture({ page }: TodosPage, name: string): Promise<void> {
  await page.locator('.notice').first().waitFor({ state: 'detached' })
  await eventually(() => page.locator('#idea-list .idea').count()).toBe(20)
  await page.evaluate('document.activeElement.blur(), scrollTo(0, 0)')
  const picture = await page.screenshot()
  expect(picture.length).toBeGreaterThan(20_000)
  if (process.env['PLINTH_SCREENSHOTS'] !== '1') return
  await page.screenshot({ path: path.join(project, `docs/${name}.png`) })
}

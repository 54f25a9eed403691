/** Reads the inbox of a server by Mailpit's API, as end-to-end tests of apps do. */

export interface Mail {
  readonly subject: string
  readonly html: string
  readonly text: string
  /** The code of six to ten digits. */
  readonly code: string
  /** The first link. */
  readonly link: string
}

interface Listed {
  readonly messages: readonly { readonly ID: string }[]
}

interface Opened {
  readonly Subject: string
  readonly HTML: string
  readonly Text: string
}

/** The newest e-mail to `address`, which is then deleted; throws when there is none. */
export async function takeMail(apiUrl: string, address: string): Promise<Mail> {
  const inbox = `${apiUrl}/inbox/api/v1`
  const [first] = await listMail(apiUrl, address)
  if (first === undefined) throw new Error(`no e-mail to ${address}`)
  const opened = await read<Opened>(`${inbox}/message/${first}`)
  await fetch(`${inbox}/messages`, { method: 'DELETE', body: JSON.stringify({ IDs: [first] }) })
  const { Subject: subject, HTML: html, Text: text } = opened
  const link = /href="([^"]+)"/.exec(html)?.[1] ?? ''
  return { subject, html, text, code: /\b\d{6,10}\b/.exec(text)?.[0] ?? '', link: unescapeLink(link) }
}

/** Ids of the e-mails to `address`, the newest first. */
export async function listMail(apiUrl: string, address: string): Promise<readonly string[]> {
  const query = encodeURIComponent(`to:"${address}"`)
  const { messages } = await read<Listed>(`${apiUrl}/inbox/api/v1/search?query=${query}`)
  return messages.map(({ ID }) => ID)
}

async function read<T>(url: string): Promise<T> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the shape is Mailpit's; a wrong one fails the test
  return (await response.json()) as T
}

function unescapeLink(link: string): string {
  return link.replaceAll('&amp;', '&').replaceAll('&#43;', '+')
}

/** Follows a link of an e-mail as a browser would, up to where it leaves the server. */
export async function follow(link: string): Promise<URL> {
  const response = await fetch(link, { redirect: 'manual' })
  const location = response.headers.get('location')
  if (response.status !== 303 || location === null)
    throw new Error(`${link}: ${response.status} ${await response.text()}`)
  return new URL(location)
}

/** What stands behind `#`. */
export function fragmentOf(url: URL): Readonly<Record<string, string>> {
  return Object.fromEntries(new URLSearchParams(url.hash.slice(1)))
}

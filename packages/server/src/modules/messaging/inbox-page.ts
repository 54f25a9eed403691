/** The inbox as a page: messages at the left, the open one beside. Without scripts, its own or a message's. */
import type { InboxMessage, InboxPage } from './inbox-store.ts'
import { escapeHtml } from './template/html-position.ts'

export function inboxPage(page: InboxPage, open: InboxMessage | undefined): string {
  const items = page.messages.map((message) => listItem(message, open?.id)).join('\n')
  const list =
    items === '' ? '<p class="empty">No e-mail yet. What this server sends shows up here.</p>' : items
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${open === undefined ? 'Inbox' : escapeHtml(open.subject)}</title>
<style>${style}</style>
</head>
<body>
<nav aria-label="Messages">
<h1><a href="/inbox">Inbox</a> <small>${page.unread} unread of ${page.total}</small></h1>
<p class="note">E-mail of development. Nothing has left this machine.</p>
${list}
</nav>
<main>${open === undefined ? '<p class="empty">Choose a message.</p>' : openMessage(open)}</main>
</body>
</html>
`
}

function listItem(message: InboxMessage, openId: string | undefined): string {
  const classes = [message.id === openId ? 'open' : '', message.isRead ? '' : 'unread'].join(' ').trim()
  const current = message.id === openId ? ' aria-current="true"' : ''
  return `<a class="item ${classes}" href="/inbox/view/${encodeURIComponent(message.id)}"${current}>
<span class="to">${escapeHtml(message.recipient)}</span><time>${shownTime(message.createdAt)}</time>
<span class="subject">${escapeHtml(message.subject)}</span></a>`
}

/** The sandbox lets links open and nothing else: no scripts, no forms, no way to the page around. */
function openMessage(message: InboxMessage): string {
  const content = escapeHtml(`<base target="_blank">${message.html}`)
  return `<h2>${escapeHtml(message.subject)}</h2>
<p class="note">To ${escapeHtml(message.recipient)}, from ${escapeHtml(message.senderName)} &lt;${escapeHtml(message.sender)}&gt;, ${shownTime(message.createdAt)} UTC</p>
<iframe title="The message" sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="${content}"></iframe>
<details><summary>As plain text</summary><pre>${escapeHtml(message.text)}</pre></details>`
}

function shownTime(createdAt: string): string {
  return escapeHtml(createdAt.slice(0, 16).replace('T', ' '))
}

const style = `
  :root { --ink: light-dark(#1c1b22, #ececf1); --soft: light-dark(#5d5b6a, #a5a3b3); --paper: light-dark(#fafaf7, #16151b);
    --card: light-dark(#fff, #1f1e26); --line: light-dark(#e4e2da, #33313d); --accent: light-dark(#2b5fd0, #8fb2ff); }
  * { box-sizing: border-box; }
  body { margin: 0; min-height: 100vh; display: grid; grid-template-columns: minmax(16rem, 24rem) 1fr; background: var(--paper);
    color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
  nav { border-right: 1px solid var(--line); padding: 1rem; overflow-y: auto; max-height: 100vh; }
  main { padding: 1rem 1.5rem; min-width: 0; display: flex; flex-direction: column; }
  h1 { font-size: 1.25rem; margin: 0; } h1 a { color: inherit; text-decoration: none; }
  small, .note, time { color: var(--soft); font-size: .8125rem; font-weight: normal; }
  .note { margin: .25rem 0 1rem; overflow-wrap: anywhere; }
  .item { display: grid; grid-template-columns: 1fr auto; gap: 0 .5rem; padding: .5rem .75rem; margin-bottom: .25rem;
    border: 1px solid transparent; border-radius: 8px; color: inherit; text-decoration: none; }
  .item:hover, .item.open { background: var(--card); border-color: var(--line); }
  .item:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
  .to { color: var(--soft); font-size: .875rem; } .to, .subject { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .subject { grid-column: 1 / -1; } .unread .subject { font-weight: 650; }
  h2 { font-size: 1.375rem; line-height: 1.3; margin: 0; overflow-wrap: anywhere; }
  iframe { flex: 1; width: 100%; min-height: 32rem; border: 1px solid var(--line); border-radius: 10px; background: var(--card); }
  summary { cursor: pointer; padding: .75rem 0; } pre { white-space: pre-wrap; overflow-wrap: anywhere; font: 14px/1.55 ui-monospace, monospace; }
  .empty { color: var(--soft); padding: 2rem 0; }
  @media (max-width: 48rem) { body { display: block; } nav { border-right: 0; border-bottom: 1px solid var(--line); max-height: 40vh; } }
`

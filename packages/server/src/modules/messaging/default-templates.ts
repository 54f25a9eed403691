/** The e-mails of projects that have no templates of their own: plain, readable in light and dark, and without pictures. */
import type { EmailKind } from './index.ts'

export interface TemplateSource {
  readonly subject: string
  readonly html: string
}

interface Words {
  readonly subject: string
  readonly title: string
  readonly lead: string
  /** What the button says; undefined for an e-mail that only carries a code. */
  readonly button?: string
  readonly ending: string
}

const notYou = 'If you did not ask for this, ignore this e-mail: nothing changes.'

const words: Readonly<Record<EmailKind, Words>> = {
  confirmation: {
    subject: 'Confirm your e-mail address',
    title: 'Welcome',
    lead: 'One step is left: confirm that <strong>{{ .Email }}</strong> is your address.',
    button: 'Confirm address',
    ending: notYou,
  },
  recovery: {
    subject: 'Set a new password',
    title: 'Set a new password',
    lead: 'Somebody, hopefully you, asked for a new password for <strong>{{ .Email }}</strong>.',
    button: 'Set a new password',
    ending: notYou,
  },
  magic_link: {
    subject: 'Your sign-in link',
    title: 'Sign in',
    lead: 'This link signs <strong>{{ .Email }}</strong> in, once.',
    button: 'Sign in',
    ending: notYou,
  },
  invite: {
    subject: 'You have been invited',
    title: 'You have been invited',
    lead: 'There is an account for <strong>{{ .Email }}</strong> at {{ .SiteURL }}. Accept the invitation to use it.',
    button: 'Accept the invitation',
    ending: 'If you expected no invitation, ignore this e-mail.',
  },
  email_change: {
    subject: 'Confirm your new e-mail address',
    title: 'Confirm the change of address',
    lead: 'The address of an account is to change{{ if .Email }} from <strong>{{ .Email }}</strong>{{ end }} to <strong>{{ .NewEmail }}</strong>.',
    button: 'Confirm the change',
    ending: 'If you did not ask for this, do not confirm it, and change your password.',
  },
  reauthentication: {
    subject: '{{ .Token }} is your code',
    title: 'Confirm that it is you',
    lead: 'Enter this code to go on:',
    ending: 'If you did not ask for this, change your password: somebody is signed in to your account.',
  },
}

export function defaultTemplate(kind: EmailKind): TemplateSource {
  const { subject, title, lead, button, ending } = words[kind]
  const code = `<p class="code">{{ .Token }}</p>`
  const action =
    button === undefined
      ? code
      : `<p><a class="button" href="{{ .ConfirmationURL }}">${button}</a></p>
<p class="soft">Or enter this code:</p>
${code}`
  return { subject, html: page(title, `<p>${lead}</p>\n${action}\n<p class="soft">${ending}</p>`) }
}

/** Mail programs know little CSS: one column, colours for light, and for dark where that is understood. */
function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${title}</title>
<style>
  :root { color-scheme: light dark; }
  body { margin: 0; padding: 32px 16px; background: #f4f3ee; color: #1c1b22; font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', sans-serif; }
  .card { max-width: 480px; margin: 0 auto; padding: 32px; background: #ffffff; border: 1px solid #e4e2da; border-radius: 12px; }
  h1 { margin: 0 0 16px; font-size: 24px; line-height: 1.25; }
  p { margin: 0 0 16px; overflow-wrap: break-word; }
  .button { display: inline-block; padding: 12px 20px; background: #2b5fd0; color: #ffffff; border-radius: 8px; font-weight: 600; text-decoration: none; }
  .code { font: 600 28px/1.2 ui-monospace, monospace; letter-spacing: 4px; }
  .soft { color: #5d5b6a; font-size: 14px; }
  @media (prefers-color-scheme: dark) {
    body { background: #16151b !important; color: #ececf1 !important; }
    .card { background: #1f1e26 !important; border-color: #33313d !important; }
    .button { background: #8fb2ff !important; color: #16151b !important; }
    .soft { color: #a5a3b3 !important; }
  }
</style>
</head>
<body>
<div class="card">
<h1>${title}</h1>
${content}
</div>
</body>
</html>
`
}

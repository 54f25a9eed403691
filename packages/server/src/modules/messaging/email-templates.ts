/** The project's e-mail templates, and ours where it has none; parsed when the server starts, so that a fault costs nothing later. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { Failure } from '../../kernel/failure.ts'
import { defaultTemplate } from './default-templates.ts'
import { type EmailKind, emailKinds } from './index.ts'
import { plainText } from './plain-text.ts'
import { type Node, parseTemplate } from './template/parse.ts'
import { renderHtml, renderText, type TemplateVariables } from './template/render.ts'
import { TemplateError } from './template/tokens.ts'

export interface RenderedEmail {
  /** One line. */
  readonly subject: string
  readonly html: string
  readonly text: string
}

export interface EmailTemplates {
  render(kind: EmailKind, variables: TemplateVariables): RenderedEmail
}

export interface GivenTemplate {
  readonly subject: string | undefined
  readonly contentPath: string | undefined
}

interface Parsed {
  readonly subject: readonly Node[]
  readonly html: readonly Node[]
}

/** Refuses with `template_invalid` what cannot be read or parsed. */
export async function readEmailTemplates(
  project: string,
  given: Readonly<Record<EmailKind, GivenTemplate>>,
): Promise<EmailTemplates> {
  const entries = emailKinds.map(
    async (kind) => [kind, await readTemplate(project, kind, given[kind])] as const,
  )
  const templates = new Map(await Promise.all(entries))
  return {
    render: (kind, variables) => {
      const template = templates.get(kind) ?? parseDefault(kind)
      const html = renderHtml(template.html, variables)
      return { subject: oneLine(renderText(template.subject, variables)), html, text: plainText(html) }
    },
  }
}

function parseDefault(kind: EmailKind): Parsed {
  const { subject, html } = defaultTemplate(kind)
  return { subject: parseTemplate(subject), html: parseTemplate(html) }
}

async function readTemplate(project: string, kind: EmailKind, given: GivenTemplate): Promise<Parsed> {
  const fallback = parseDefault(kind)
  const { subject, contentPath } = given
  return {
    subject: subject === undefined ? fallback.subject : parse(subject, `auth.email.template.${kind}.subject`),
    html:
      contentPath === undefined ? fallback.html : parse(await readContent(project, contentPath), contentPath),
  }
}

function parse(source: string, file: string): readonly Node[] {
  try {
    return parseTemplate(source)
  } catch (cause) {
    if (!(cause instanceof TemplateError)) throw cause
    throw new Failure('template_invalid', { file, line: cause.line, reason: cause.message }, { cause })
  }
}

/** Supabase's CLI takes paths from the project's folder; older projects have them from the folder of config.toml. */
async function readContent(project: string, contentPath: string): Promise<string> {
  const folders = [project, path.join(project, 'supabase'), path.join(project, 'plinth')]
  for (const folder of folders) {
    const text = await readFile(path.resolve(folder, contentPath), 'utf8').catch(() => undefined)
    if (text !== undefined) return text
  }
  throw new Failure('template_invalid', { file: contentPath, line: 1, reason: 'there is no such file' })
}

const subjectCharsMax = 500

/** Without line ends and other control characters, with which a subject could become another header. */
function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim()
    .slice(0, subjectCharsMax)
}

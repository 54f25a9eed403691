/** Front door of the project's web page; nobody calls it from inside. */
import { defineToken } from '../../kernel/module.ts'

export const siteToken = defineToken<Record<string, never>>('site')

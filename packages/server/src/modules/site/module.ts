/** Serves the project's built web page at `/`, or a page that says what runs here; and tells pages where their server is. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { refusePlainly } from '../../http/router.ts'
import { defineModule, type Call } from '../../kernel/module.ts'
import { folder } from '../../kernel/settings.ts'
import { externalUrlSetting, projectSetting } from '../../kernel/shared-settings.ts'
import { keysToken } from '../keys/index.ts'
import { siteToken } from './index.ts'
import { serveFolder } from './serve-folder.ts'
import { welcomePage } from './welcome-page.ts'

export const siteModule = defineModule({
  provides: siteToken,
  needs: { keys: keysToken },
  settings: {
    project: projectSetting,
    externalUrl: externalUrlSetting,
    site: folder({
      env: 'PLINTH_SITE',
      flag: 'site',
      shownDefault: 'dist in the project folder',
      help: "Folder with the project's built web page, served at / when it has an index.html.",
    }),
  },
  async start({ settings, needs }) {
    const pages = settings.site ?? path.join(settings.project, 'dist')
    const isBuilt = existsSync(path.join(pages, 'index.html'))
    const page = isBuilt ? serveFolder(pages) : () => htmlResponse(welcomePage())
    const { anonKey, publishableKey } = needs.keys.project
    return {
      api: {},
      surfaces: [
        {
          prefix: '',
          refuse: refusePlainly,
          routes: [
            {
              method: 'GET',
              path: '/plinth.json',
              access: 'open',
              summary: 'Where the server of this page is, and the key that pages use.',
              handle: (call: Call) =>
                Response.json({
                  api_url: settings.externalUrl ?? call.url.origin,
                  anon_key: anonKey,
                  publishable_key: publishableKey,
                }),
            },
            { method: 'GET', path: '/', access: 'open', summary: "The project's page.", handle: page },
            ...(isBuilt
              ? [
                  {
                    method: 'GET',
                    path: '/*',
                    access: 'open' as const,
                    summary: "Files of the project's page; its index for paths that are none.",
                    handle: page,
                  },
                ]
              : []),
          ],
        },
      ],
    }
  },
})

function htmlResponse(html: string): Response {
  return new Response(html, {
    headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' },
  })
}

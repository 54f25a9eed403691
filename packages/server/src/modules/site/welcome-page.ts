/** What stands at `/` while the project has no page of its own. */

export function welcomePage(): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Plinth is running</title>
<style>
  :root { --ink: light-dark(#1c1b22, #ececf1); --soft: light-dark(#5d5b6a, #a5a3b3); --paper: light-dark(#fafaf7, #16151b);
    --card: light-dark(#fff, #1f1e26); --line: light-dark(#e4e2da, #33313d); --accent: light-dark(#2b5fd0, #8fb2ff); }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--paper); color: var(--ink);
    font: 16px/1.6 system-ui, sans-serif; }
  main { max-width: 44rem; padding: 2rem; }
  h1 { font-size: 1.75rem; line-height: 1.2; letter-spacing: -.02em; margin: 0 0 .5rem; }
  p { color: var(--soft); margin: 0 0 1.25rem; }
  pre { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1rem; overflow-x: auto;
    font: 14px/1.55 ui-monospace, monospace; }
  a { color: var(--accent); }
</style>
</head>
<body>
<main>
<h1>Plinth is running</h1>
<p>Accounts and a PostgreSQL with row-level security are ready. Point supabase-js at this address:</p>
<pre>import { createClient } from '@supabase/supabase-js'

const { api_url, anon_key } = await (await fetch('/plinth.json')).json()
const supabase = createClient(api_url, anon_key)</pre>
<p>Put migrations into <code>supabase/migrations/</code> and start again to create your tables. A web page built into
<code>dist/</code> is served here in place of this one. <code>plinth status</code> prints all URLs and keys;
<a href="/health">/health</a> and <a href="/ready">/ready</a> tell how the server is.</p>
</main>
</body>
</html>
`
}

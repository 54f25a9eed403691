/** REST against the limit: what pgbench and hand-written SQL reach on the same PostgreSQL in the same run. */
import { startServer } from '../tests/start-server.ts'
import { isInstalled } from './load.ts'
import type { Bench, Figure } from './main.ts'
import { benchBulkInsert } from './rest/bulk-insert.ts'
import { signIn } from './rest/client.ts'
import { benchInsert } from './rest/insert.ts'
import { benchLargeAnswer } from './rest/large-answer.ts'
import { benchLists } from './rest/lists.ts'
import { benchReadByKey } from './rest/read-by-key.ts'

const steps = [benchReadByKey, benchInsert, benchLists, benchBulkInsert, benchLargeAnswer]

export const benchRest: Bench = {
  summary: 'REST reads and writes under RLS, 100,000 rows, against pgbench and SQL by hand',
  async run() {
    if (!(await isInstalled('pgbench'))) {
      console.log(
        "pgbench is not installed (Debian's package postgresql-contrib): the limit is our own sessions' without HTTP",
      )
    }
    // Large answers want more rows than callers get by default.
    const server = await startServer({
      project: new URL('project', import.meta.url).pathname,
      env: { PLINTH_API_MAX_ROWS: '1000000' },
    })
    try {
      const client = await signIn(server)
      const figures: Figure[] = []
      for (const step of steps) figures.push(...(await step(client)))
      return figures
    } finally {
      await server.stop()
    }
  },
}

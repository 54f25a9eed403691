/** A process for tests to kill: takes the data folder of its argument, starts its PostgreSQL, says so, and stays. */
import { argv, stdout } from 'node:process'
import { openDataFolder } from '../../../kernel/data-folder.ts'
import { startEmbedded } from '../index.ts'

const folder = await openDataFolder(argv[2] ?? '')
stdout.write('opened\n')
const postgres = await startEmbedded({
  folder: folder.path,
  port: 0,
  password: argv[3] ?? '',
  observe: () => undefined,
})
stdout.write(`${postgres.port} ${postgres.pid()}\n`)

/** Settings that more than one module reads. Each stands here once; a module lists the ones it needs in its own spec. */
import { folder, integer, text, toggle } from './settings.ts'

export const hostSetting = text({
  env: 'PLINTH_HOST',
  flag: 'host',
  default: '127.0.0.1',
  help: 'Address to listen on. 0.0.0.0 opens the server to the network.',
})

/** True for hosts and addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host)
}

export const portSetting = integer({
  env: 'PLINTH_PORT',
  flag: 'port',
  toml: 'api.port',
  min: 1,
  max: 65_535,
  default: 54_321,
  help: 'Port of everything that speaks HTTP.',
})

export const externalUrlSetting = text({
  env: 'PLINTH_EXTERNAL_URL',
  toml: 'api.external_url',
  default: undefined,
  help: 'The URL under which clients reach this server, where it differs from host and port.',
})

export const projectSetting = {
  ...folder({
    env: 'PLINTH_PROJECT',
    flag: 'project',
    shownDefault: '.',
    help: 'Folder of the project: the one that holds supabase/ (or plinth/).',
  }),
  fallback: '.',
}

export const demoKeysSetting = toggle({
  env: 'PLINTH_DEMO_KEYS',
  flag: 'demo-keys',
  default: false,
  help: 'Use the publicly known keys and database password of local Supabase stacks. Refused when listening beyond loopback.',
})

/** Read by the database (which one) and by REST (whose rules). */
export const givenDatabaseSetting = text({
  env: 'PGRST_DB_URI',
  default: undefined,
  secret: true,
  help: 'Serve REST alone over this database, as it is: nothing is prepared or written, requests log in as its user and switch to the role of their token. Needs --only rest. A leading @ names a file that holds the URL.',
})

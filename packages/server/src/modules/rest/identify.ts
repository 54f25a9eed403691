/** Who is asking on this surface: by the project's keys, and by PostgREST's rules where they are set. */
import type { Identity } from '@plinth/protocol'
import { Failure } from '../../kernel/failure.ts'
import type { Observe } from '../../kernel/observe.ts'
import type { Keys } from '../keys/index.ts'
import type { RestConfig } from './config.ts'
import type { LiveConfig } from './live-config.ts'

type Identify = (request: Request) => Identity | Promise<Identity>

export interface LiveIdentifyOptions {
  readonly keys: Keys
  readonly config: LiveConfig
  readonly observe: Observe
}

/** Follows the settings. Refuses with `keys_invalid` or `setting_invalid` when the first ones cannot be. */
export function liveIdentify({ keys, config, observe }: LiveIdentifyOptions): Identify {
  let settings = config.current()
  let identify = identifyBy(keys, settings)

  function follow(): void {
    try {
      if (rulesOf(settings) !== rulesOf(config.current())) identify = identifyBy(keys, config.current())
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      observe('warning', { message: `tokens are checked as before: ${error.message}` })
    }
    settings = config.current()
  }

  return (request) => {
    if (config.current() !== settings) follow()
    return identify(request)
  }
}

/** Where they are equal, what was verified before may stay remembered. */
function rulesOf(config: RestConfig): string {
  const { jwtSecret, isJwtSecretBase64, jwtAudience, jwtRolePath, anonRole, jwtCacheEntries } = config
  return JSON.stringify([jwtSecret, isJwtSecretBase64, jwtAudience, jwtRolePath, anonRole, jwtCacheEntries])
}

function identifyBy(keys: Keys, config: RestConfig): Identify {
  const { jwtSecret: secret, jwtAudience: audience, jwtRolePath: rolePath, anonRole, isAlone } = config
  const isUsual =
    secret === undefined && audience === undefined && rolePath === '$.role' && anonRole === 'anon'
  // The same tokens come to other surfaces too: there is one memory for all of them.
  if (isUsual && !isAlone) return (request) => keys.identify(request)
  return keys.identifyBy({
    secret,
    isSecretBase64: config.isJwtSecretBase64,
    audience,
    rolePath,
    anonRole,
    isAlone,
    cacheEntriesMax: config.jwtCacheEntries,
  })
}

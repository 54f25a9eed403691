/** The log: writes observations with pino, as JSON lines, or set for reading on a terminal. */
import { pino, type DestinationStream, type Logger } from 'pino'
import { describe, type Observer } from './observe.ts'
import { oneOf } from './settings.ts'

export const logLevelSetting = oneOf({
  env: 'PLINTH_LOG_LEVEL',
  flag: 'log-level',
  values: ['debug', 'info', 'warn', 'error', 'silent'],
  default: 'info',
  help: 'How much is logged to standard error.',
})

export interface LogOptions {
  readonly level: string
  /** Coloured lines for people instead of JSON. */
  readonly isPretty: boolean
}

export interface Log {
  readonly observer: Observer
  /** Writes what is still buffered. */
  flush(): void
}

const standardError = 2

export async function openLog(options: LogOptions): Promise<Log> {
  const destination = options.isPretty
    ? await prettyDestination()
    : pino.destination({ dest: standardError, sync: true })
  const logger: Logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  )
  const observer: Observer = (kind, detail) => {
    const row = describe(kind, detail)
    // The sentence is only made when it is written.
    if (logger.isLevelEnabled(row.level)) logger[row.level]({ kind, ...withError(detail) }, row.text())
  }
  return { observer, flush: () => logger.flush() }
}

/** pino writes the stack of what stands under `err`. */
function withError(detail: object): object {
  if (!('error' in detail)) return detail
  const { error, ...rest } = detail
  return { ...rest, err: error }
}

async function prettyDestination(): Promise<DestinationStream> {
  // Loaded on terminals only: servers need neither its memory nor its start-up time.
  const { build } = await import('pino-pretty')
  return build({
    destination: standardError,
    sync: true,
    ignore: 'kind,requestId',
    hideObject: true,
    translateTime: 'SYS:HH:MM:ss',
    singleLine: true,
  })
}

/** Settings of the listener. */
import { integer, list, toggle, type SettingsOf } from '../kernel/settings.ts'
import { externalUrlSetting, hostSetting, portSetting } from '../kernel/shared-settings.ts'

export const httpSettings = {
  host: hostSetting,
  port: portSetting,
  externalUrl: externalUrlSetting,
  bodyBytesMax: integer({
    env: 'PLINTH_BODY_BYTES_MAX',
    min: 1024,
    max: 1_073_741_824,
    default: 20_971_520,
    help: 'Largest request body in bytes, where a service sets no bound of its own.',
  }),
  bodyStallMs: integer({
    env: 'PLINTH_BODY_STALL_MS',
    min: 100,
    max: 600_000,
    default: 20_000,
    help: 'A body that brings nothing for so many milliseconds is given up.',
  }),
  drainMs: integer({
    env: 'PLINTH_DRAIN_MS',
    min: 0,
    max: 600_000,
    default: 20_000,
    help: 'How long a stop waits for requests under way, in milliseconds.',
  }),
  trustedProxies: list({
    env: 'PLINTH_TRUSTED_PROXIES',
    default: [],
    help: 'Addresses or networks of proxies whose X-Forwarded-For is believed.',
  }),
  openMetrics: toggle({
    env: 'PLINTH_OPEN_METRICS',
    default: false,
    help: 'Lets anybody read /metrics. Without it the service key is needed, except on loopback.',
  }),
} as const

export type HttpSettings = SettingsOf<typeof httpSettings>

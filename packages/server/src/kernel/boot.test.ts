/** Boot: order, refusals, and what happens when a start or a stop fails. */
import { describe, expect, test } from 'vitest'
import { boot, inStartOrder, type BootContext } from './boot.ts'
import { defineModule, defineToken, type Module } from './module.ts'
import { integer } from './settings.ts'

const context: BootContext = {
  sources: { flags: {}, env: {}, toml: {} },
  observe: () => undefined,
  dataFolder: { path: '/nowhere', secret: async (_name, create) => create() },
}

interface Behaviour {
  readonly trace?: string[]
  readonly failing?: 'start' | 'drain' | 'stop'
}

function module(name: string, needs: readonly string[], behaviour: Behaviour = {}): Module {
  const { trace = [], failing } = behaviour
  const act = async (step: 'start' | 'drain' | 'stop'): Promise<void> => {
    trace.push(`${step} ${name}`)
    if (failing === step) throw new Error(`${name} cannot ${step}`)
  }
  return defineModule({
    provides: defineToken<object>(name),
    needs: Object.fromEntries(needs.map((need) => [need, defineToken<object>(need)])),
    settings: {},
    async start() {
      await act('start')
      return { api: { name }, drain: async () => act('drain'), stop: async () => act('stop') }
    },
  })
}

describe('boot', () => {
  test('starts what is needed first, and drains everything before it stops anything', async () => {
    const trace: string[] = []
    const list = [
      module('rest', ['db', 'auth'], { trace }),
      module('auth', ['db'], { trace }),
      module('db', [], { trace }),
    ]
    const app = await boot(list, context)
    expect([...app.apis.keys()]).toEqual(['db', 'auth', 'rest'])
    await app.close()
    expect(trace).toEqual([
      ...['start db', 'start auth', 'start rest'],
      ...['drain rest', 'drain auth', 'drain db'],
      ...['stop rest', 'stop auth', 'stop db'],
    ])
  })

  test('hands each module the api of what it needs', async () => {
    let given: unknown
    const reader = defineModule({
      provides: defineToken<object>('reader'),
      needs: { source: defineToken<{ name: string }>('db') },
      settings: {},
      async start({ needs }) {
        given = needs.source.name
        return { api: {} }
      },
    })
    await boot([reader, module('db', [])], context)
    expect(given).toBe('db')
  })

  test('a failed start stops what already runs', async () => {
    const trace: string[] = []
    const list = [module('db', [], { trace }), module('auth', ['db'], { trace, failing: 'start' })]
    await expect(boot(list, context)).rejects.toThrow('auth cannot start')
    expect(trace).toEqual(['start db', 'start auth', 'drain db', 'stop db'])
  })

  test.each(['drain', 'stop'] as const)(
    'one module that cannot %s does not keep the others up',
    async (failing) => {
      const trace: string[] = []
      const app = await boot(
        [module('db', [], { trace }), module('auth', ['db'], { trace, failing })],
        context,
      )
      await expect(app.close()).rejects.toThrow('not every module stopped cleanly')
      expect(trace.slice(-2)).toEqual(['stop auth', 'stop db'])
    },
  )

  test('reads the settings of all modules before it starts any', async () => {
    const trace: string[] = []
    const typo = defineModule({
      provides: defineToken<object>('typo'),
      needs: { db: defineToken<object>('db') },
      settings: { size: integer({ env: 'PLINTH_SIZE', min: 1, max: 9, default: 1, help: '' }) },
      start: async () => ({ api: {} }),
    })
    const sources = { flags: {}, env: { PLINTH_SIZE: 'ten' }, toml: {} }
    await expect(boot([typo, module('db', [], { trace })], { ...context, sources })).rejects.toMatchObject({
      code: 'setting_invalid',
      detail: { setting: 'PLINTH_SIZE', got: 'ten' },
    })
    expect(trace).toEqual([])
  })

  test.each([
    ['a missing module', [module('rest', ['db'])], 'rest needs db, which is not in the module list'],
    ['a cycle', [module('a', ['b']), module('b', ['a'])], 'modules need each other: a -> b -> a'],
  ])('refuses %s by name', (_case, list, message) => {
    expect(() => inStartOrder(list)).toThrow(message)
  })
})

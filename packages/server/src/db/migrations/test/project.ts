/** A project folder of a test's own, and what is observed while a database is prepared for it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ModuleInfo } from '../../../kernel/module.ts'
import { describe, type Observe } from '../../../kernel/observe.ts'
import type { SessionPool } from '../../index.ts'
import { prepareDatabase, type Preparation } from '../prepare-database.ts'

export class Project {
  readonly #root = mkdtempSync(join(tmpdir(), 'plinth-project-'))
  /** What was said, from warnings to news. */
  readonly said: string[] = []

  get folder(): string {
    return join(this.#root, 'supabase')
  }

  /** Paths are below `supabase/`; undefined takes the file away. */
  write(files: Readonly<Record<string, string | Uint8Array | undefined>>): this {
    for (const [name, content] of Object.entries(files)) {
      const path = join(this.folder, name)
      mkdirSync(dirname(path), { recursive: true })
      if (content === undefined) rmSync(path)
      else writeFileSync(path, content)
    }
    return this
  }

  /** Prepares the database as a start would. */
  async start(
    owner: SessionPool,
    options: { settings?: Partial<Preparation['settings']>; modules?: readonly ModuleInfo[] } = {},
  ): Promise<void> {
    this.said.length = 0
    const observe: Observe = (kind, detail) => {
      if (kind !== 'bootstrap_skipped')
        this.said.push(
          describe(kind, detail)
            .text()
            .replace(/ in \d+ ms$/, ''),
        )
    }
    await prepareDatabase(owner, {
      settings: {
        migrationsEnabled: true,
        seedEnabled: true,
        seedPaths: ['./seed.sql'],
        exposeNewTables: true,
        ...options.settings,
      },
      folder: this.folder,
      modules: options.modules ?? [],
      observe,
      authenticatorPassword: undefined,
    })
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true })
  }
}

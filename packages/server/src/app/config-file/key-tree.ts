/** Which keys config.toml may hold: a tree of names, in which `*` stands for a name that the user chooses. */
import { nearest } from '../../kernel/settings.ts'

export class KeyTree {
  readonly #children = new Map<string, KeyTree>()

  /** Adds a dotted pattern, such as `auth.hook.send_sms|send_email.uri`. */
  add(pattern: string): void {
    if (pattern !== '') this.#add(pattern.split('.'))
  }

  #add(parts: readonly string[]): void {
    const [head, ...rest] = parts
    if (head === undefined) return
    for (const name of head.split('|')) {
      const child = this.#children.get(name) ?? new KeyTree()
      this.#children.set(name, child)
      child.#add(rest)
    }
  }

  has(path: readonly string[]): boolean {
    return this.#knownLength(path) === path.length
  }

  /** What `path` was perhaps meant to be: its first unknown name replaced by the sibling that is nearest. */
  nearest(path: readonly string[]): string | undefined {
    const known = path.slice(0, this.#knownLength(path))
    const wrong = path[known.length]
    if (wrong === undefined) return undefined
    const name = nearest(wrong, this.#at(known)?.names() ?? [])
    if (name === undefined) return undefined
    const meant = [...known, name, ...path.slice(known.length + 1)]
    return (this.has(meant) ? meant : [...known, name]).join('.')
  }

  /** The names that may stand here, without the ones that users choose. */
  names(): string[] {
    return [...this.#children.keys()].filter((name) => name !== '*')
  }

  #at(path: readonly string[]): KeyTree | undefined {
    const [name, ...rest] = path
    if (name === undefined) return this
    const child = this.#child(name)
    return child === undefined ? undefined : child.#at(rest)
  }

  #knownLength(path: readonly string[]): number {
    let length = 0
    while (length < path.length && this.#at(path.slice(0, length + 1)) !== undefined) length++
    return length
  }

  #child(name: string): KeyTree | undefined {
    return this.#children.get(name) ?? this.#children.get('*')
  }
}

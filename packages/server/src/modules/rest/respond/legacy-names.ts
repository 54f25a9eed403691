/** The warning for filters that name an embedded table although it has an alias. */
import type { Embed, Level, Plan } from '../plan/plan.ts'

/** The value of a `Warning` header (RFC 7234, 5.5); undefined where there is nothing to warn of. */
export function legacyNamesWarning(plan: Plan): string | undefined {
  const found = namesBelow(plan.root)
  if (found.length === 0) return undefined
  const changes = found.map(([target, alias]) => `\`${target}\` to \`${alias}\``).join(', ')
  return `299 PostgRESTv16.2 "Embedded resource was referenced by relation name even though it has an alias. This is deprecated and will stop working in a future release. Update ${changes} in query string filters, orders or limits."`
}

function namesBelow({ embeds }: Level): readonly (readonly [target: string, alias: string])[] {
  return embeds.flatMap((embed) => [...namesOf(embed), ...namesBelow(embed.level)])
}

function namesOf({ isNamedByTarget, target, name }: Embed): readonly (readonly [string, string])[] {
  return isNamedByTarget ? [[target, name]] : []
}

/** Tells errors of the operating system, which have a code such as `ENOENT`, from all others. */

/** The code of an error that the operating system gave; undefined for any other error. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('errno' in error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** What `step` gives; undefined where it fails with one of `codes`. */
export async function unlessErrno<T>(codes: readonly string[], step: Promise<T>): Promise<T | undefined> {
  try {
    return await step
  } catch (error) {
    if (codes.includes(errnoOf(error) ?? '')) return undefined
    throw error
  }
}

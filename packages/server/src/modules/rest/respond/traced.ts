/** The header that follows a request through several services: it comes back as it was sent. */
import type { RestContext } from '../context.ts'

export function traced(response: Response, request: Request, { settings }: RestContext): Response {
  const { traceHeader } = settings
  if (traceHeader !== undefined) response.headers.set(traceHeader, request.headers.get(traceHeader) ?? '')
  return response
}

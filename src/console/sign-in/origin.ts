import type { FastifyRequest } from 'fastify'
import { Problem } from '../problem.ts'

const foreign = (detail: string) => new Problem('cross-origin', detail)

/**
 * A request that a cookie admits, and that can change something, must come from a page of the console: browsers send `Origin`
 * with all of them, and other sites can cause requests with cookies.
 */
export function requireOwnOrigin({ headers }: FastifyRequest, console: URL): void {
  if (headers.origin === console.origin) return
  throw foreign(
    `With a session, changes need an Origin header with the URL of the console, ${console.origin} (--console-url). Scripts send a console token instead.`,
  )
}

/** Other sites cannot start a sign-in. A browser that sends no `Sec-Fetch-Site` is not known to come from another one. */
export function requireOwnNavigation({ headers }: FastifyRequest): void {
  const { 'sec-fetch-site': site } = headers
  if (site === undefined || site === 'same-origin' || site === 'none') return
  throw foreign('Pages of other origins cannot start a sign-in. Open the console and sign in there.')
}

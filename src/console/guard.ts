import { setTimeout as pauseFor } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { LRUCache } from 'lru-cache'
import { isLocalName } from '../domain/outbound/addresses.ts'
import { Problem } from './problem.ts'

function parseHost(host: string | undefined): URL | undefined {
  if (!host || !/^[\w.:[\]-]+$/.test(host)) return undefined
  return URL.parse(`http://${host}`) ?? undefined
}

export type OwnUrl = (() => URL) | undefined

type Hook = (request: FastifyRequest) => Promise<void>

/**
 * Rejects DNS rebinding: for a browser, a page whose name resolves to 127.0.0.1 has the same origin as the console,
 * but its requests carry the foreign name. Names of this machine and of the console's URL are known.
 */
export const rejectUnknownHost =
  (own: OwnUrl): Hook =>
  async ({ headers }) => {
    const named = parseHost(headers.host)
    if (named && (isLocalName(named.hostname) || named.hostname === own?.().hostname)) return
    throw new Problem(
      'unknown-host',
      'This console accepts only localhost and 127.0.0.1 as its host name. To use another name, start it with --console-host.',
    )
  }

// A proxy in front of the console may use HTTPS, so the scheme is not compared.
function isSameOrigin(origin: string, host: string | undefined): boolean {
  const from = URL.parse(origin)
  return (
    (from?.protocol === 'http:' || from?.protocol === 'https:') &&
    from.host === URL.parse(`${from.protocol}//${host}`)?.host
  )
}

/**
 * Whether a browser reports that a page of another origin sends the request; another port is another origin. A proxy may
 * replace the host, so the origin of the console's URL is accepted for any.
 */
function isCrossOrigin(
  { origin, host, 'sec-fetch-site': site }: FastifyRequest['headers'],
  own: OwnUrl,
): boolean {
  if (origin !== undefined && origin !== own?.().origin && !isSameOrigin(origin, host)) return true
  return site === 'cross-site' || site === 'same-site'
}

const crossOriginProblem = () =>
  new Problem(
    'cross-origin',
    'Pages from other origins cannot use the console. Use the console’s own page, or a client that is not a browser.',
  )

/**
 * Browsers send `Origin` with requests that can change data, and newer ones `Sec-Fetch-Site` with all requests; other
 * clients send neither. This rejects pages of all other sites, including those on this machine.
 */
export const rejectCrossOrigin =
  (own: OwnUrl): Hook =>
  async ({ headers }) => {
    if (isCrossOrigin(headers, own)) throw crossOriginProblem()
  }

/** For responses without data: other sites may link to them, but not embed or fetch them. */
export const rejectCrossOriginEmbedding =
  (own: OwnUrl): Hook =>
  async ({ headers }) => {
    const isLink = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
    if (!isLink && isCrossOrigin(headers, own)) throw crossOriginProblem()
  }

export type GuessLimit = {
  readonly wait: (address: string) => Promise<void>
  readonly recordFailure: (address: string) => void
}

export type GuessLimitOptions = {
  /** Milliseconds. */
  readonly clock?: () => number
  readonly pause?: (milliseconds: number) => Promise<unknown>
}

const freeGuesses = 5
const pauseMilliseconds = 250
/** Wrong guesses of an address count until this many milliseconds after the last one. */
const failureMemory = 10 * 60_000
const maxAddresses = 1000

/** After five wrong guesses all requests of the address wait, including those with the right token. */
export function createGuessLimit({ clock = Date.now, pause = pauseFor }: GuessLimitOptions = {}): GuessLimit {
  const guesses = new LRUCache<string, number>({
    max: maxAddresses,
    ttl: failureMemory,
    ttlResolution: 0,
    perf: { now: clock },
  })
  // Peeking keeps the order of the last wrong guesses.
  const countOf = (address: string): number => guesses.peek(address) ?? 0
  return {
    wait: async address => {
      if (countOf(address) >= freeGuesses) await pause(pauseMilliseconds)
    },
    recordFailure: address => {
      guesses.set(address, countOf(address) + 1)
    },
  }
}

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

const commonHeaders = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
}

/** For API responses: data of this console only, which browsers must not cache. */
const dataHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
}

export const pagePolicy =
  "default-src 'none'; base-uri 'none'; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; img-src 'self'; script-src 'self'; style-src 'self'; require-trusted-types-for 'script'"

export const docsPolicy =
  "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; img-src 'self' data:; object-src 'none'; style-src 'self' 'unsafe-inline'"

export const securityHeaders = { ...commonHeaders, ...dataHeaders }

export async function sendSecurityHeaders(_request: FastifyRequest, reply: FastifyReply): Promise<void> {
  reply.headers(securityHeaders)
}

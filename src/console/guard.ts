import { setTimeout as pauseFor } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import { Problem } from './problem.ts'

/** Host and port of a `Host` header, as a URL has them: IPv6 in brackets, lower case. */
function parseHost(host: string | undefined): URL | undefined {
  if (!host || !/^[\w.:[\]-]+$/.test(host)) return undefined
  return URL.parse(`http://${host}`) ?? undefined
}

/** Whether a host name, as a URL has it, leads back to this machine. */
export const isLoopback = (name: string): boolean =>
  name === 'localhost' ||
  name.endsWith('.localhost') ||
  name === '[::1]' ||
  /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name)

/**
 * A page whose name an attacker's DNS server points at 127.0.0.1 is of the same origin as the console, for the
 * browser; but its requests still carry the foreign name.
 */
export async function rejectForeignHost({ headers }: FastifyRequest): Promise<void> {
  const named = parseHost(headers.host)
  if (named && isLoopback(named.hostname)) return
  throw new Problem(
    'foreign-host',
    'This console is for this machine alone: call it localhost or 127.0.0.1. To reach it by another name, start it with --console-host.',
  )
}

// A proxy before the console may speak HTTPS, so the scheme says nothing.
function isOwnOrigin(origin: string, host: string | undefined): boolean {
  const from = URL.parse(origin)
  return (
    (from?.protocol === 'http:' || from?.protocol === 'https:') &&
    from.host === URL.parse(`${from.protocol}//${host}`)?.host
  )
}

/** Whether a browser says that a page of another origin asks; one on another port of this machine is another, too. */
function isCrossOrigin({ origin, host, 'sec-fetch-site': site }: FastifyRequest['headers']): boolean {
  if (origin !== undefined && !isOwnOrigin(origin, host)) return true
  return site === 'cross-site' || site === 'same-site'
}

const foreignOriginProblem = () =>
  new Problem(
    'foreign-origin',
    "A page of another origin can neither read nor change anything here. Use the console's own page, or a client that isn't a browser.",
  )

/**
 * Browsers send `Origin` with whatever may change something, and newer ones `Sec-Fetch-Site` with everything; other
 * clients send neither. So pages of other sites get nothing here and change nothing, not even those that run on
 * this machine.
 */
export async function rejectForeignOrigin({ headers }: FastifyRequest): Promise<void> {
  if (isCrossOrigin(headers)) throw foreignOriginProblem()
}

/** For what holds no data: a link on a page of another site may lead there, and nothing else of such a page may. */
export async function rejectForeignEmbedding({ headers }: FastifyRequest): Promise<void> {
  const isLink = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
  if (!isLink && isCrossOrigin(headers)) throw foreignOriginProblem()
}

export type GuessLimit = {
  /** Resolves when a request of this address may have its token checked. */
  readonly wait: (address: string) => Promise<void>
  readonly recordFailure: (address: string) => void
}

export type GuessLimitOptions = {
  /** Milliseconds. */
  readonly clock?: () => number
  readonly pause?: (milliseconds: number) => Promise<unknown>
}

const freeGuesses = 5
/** In milliseconds, as all times here. */
const pauseMilliseconds = 250
/** Wrong guesses from an address count until so long after the last one. */
const failureMemory = 10 * 60_000
/** The most addresses that are remembered. */
const maxAddresses = 1000

/**
 * Slows down guessing of the console token: after five wrong guesses from an address its requests wait, those with the
 * right token as well. Requests from other addresses don't.
 */
export function createGuessLimit({ clock = Date.now, pause = pauseFor }: GuessLimitOptions = {}): GuessLimit {
  const guesses = new Map<string, { readonly count: number; readonly at: number }>()
  const countOf = (address: string): number => {
    const known = guesses.get(address)
    return known !== undefined && clock() - known.at < failureMemory ? known.count : 0
  }
  return {
    wait: async address => {
      if (countOf(address) >= freeGuesses) await pause(pauseMilliseconds)
    },
    recordFailure: address => {
      const count = countOf(address) + 1
      // Inserted anew, so that the map begins with the address that has been quiet for longest.
      guesses.delete(address)
      guesses.set(address, { count, at: clock() })
      const [quietest] = guesses.keys()
      if (guesses.size > maxAddresses && quietest !== undefined) guesses.delete(quietest)
    },
  }
}

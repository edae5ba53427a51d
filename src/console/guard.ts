import type { FastifyRequest } from 'fastify'
import { Problem } from './problem.ts'

/** Host and port of a `Host` header, as a URL has them: IPv6 in brackets, lower case. */
function urlOf(host: string | undefined): URL | undefined {
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
export async function refuseForeignHost({ headers }: FastifyRequest): Promise<void> {
  const named = urlOf(headers.host)
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
function isFromElsewhere({ origin, host, 'sec-fetch-site': site }: FastifyRequest['headers']): boolean {
  if (origin !== undefined && !isOwnOrigin(origin, host)) return true
  return site === 'cross-site' || site === 'same-site'
}

const foreignPage = () =>
  new Problem(
    'foreign-origin',
    "A page of another origin can neither read nor change anything here. Use the console's own page, or a client that isn't a browser.",
  )

/**
 * Browsers send `Origin` with whatever may change something, and newer ones `Sec-Fetch-Site` with everything; other
 * clients send neither. So pages of other sites get nothing here and change nothing, not even those that run on
 * this machine.
 */
export async function refuseForeignPage({ headers }: FastifyRequest): Promise<void> {
  if (isFromElsewhere(headers)) throw foreignPage()
}

/** For what holds no data: a link on a page of another site may lead there, and nothing else of such a page may. */
export async function refuseForeignUse({ headers }: FastifyRequest): Promise<void> {
  const isLink = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
  if (!isLink && isFromElsewhere(headers)) throw foreignPage()
}

import type { FastifyRequest } from 'fastify'
import { Problem } from './problem.ts'

/** Host and port of a `Host` header, as a URL has them: IPv6 in brackets, lower case. */
function urlOf(host: string | undefined): URL | undefined {
  if (!host || !/^[\w.:[\]-]+$/.test(host)) return undefined
  return URL.parse(`http://${host}`) ?? undefined
}

const isLoopback = (name: string): boolean =>
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

const isSafe = (method: string): boolean => method === 'GET' || method === 'HEAD'

// A proxy before the console may speak HTTPS, so the scheme says nothing.
function isOwnOrigin(origin: string, host: string | undefined): boolean {
  const from = URL.parse(origin)
  return (
    (from?.protocol === 'http:' || from?.protocol === 'https:') &&
    from.host === URL.parse(`${from.protocol}//${host}`)?.host
  )
}

/**
 * Browsers send `Origin` with whatever may change something, and newer ones `Sec-Fetch-Site`; other clients send
 * neither. So pages of other sites can't change anything here, not even those that run on this machine.
 */
export async function refuseForeignOrigin({ method, headers }: FastifyRequest): Promise<void> {
  if (isSafe(method)) return
  const { origin, host } = headers
  const fromElsewhere = origin !== undefined && !isOwnOrigin(origin, host)
  if (!fromElsewhere && headers['sec-fetch-site'] !== 'cross-site') return
  throw new Problem(
    'foreign-origin',
    "A page of another origin can't change anything here. Use the console's own page, or a client that isn't a browser.",
  )
}

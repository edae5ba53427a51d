import { isIP } from 'node:net'
import { connect, type SecureVersion } from 'node:tls'
import { Failure } from '../expect.ts'

/** No connection to the server can be established, so there is nothing to grade. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
}

/** No complete response to a request; `isTimeOut`: within the timeout. */
export class NoResponse extends Failure {
  readonly isTimeOut: boolean
  constructor(expected: string, why: string, exchange: number, error: unknown) {
    super(expected, `none: ${why}`, exchange, 'nothing')
    this.isTimeOut = error instanceof TimedOut
  }
}

export class TimedOut extends Error {}

export class StoppedResponding extends Unreachable {}

const codes = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'EPROTO',
])

/** The server isn't reachable, or its certificate isn't trusted; not: a connection was dropped. */
export function isUnreachable(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException
  return codes.has(code) || /CERT|SELF_SIGNED|SSL|TLS|UNABLE_TO/.test(code)
}

/** A message; an error about several addresses has none of its own. */
export function connectionError(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return connectionError(error.errors[0])
  return error instanceof Error ? error.message || error.name : String(error)
}

/** This many in a row can't be caused by one check. */
const mostMissed = 10
/** After giving up, requests that remove resources are still sent, until one of them gets no response. */
const lastTries = 3

/**
 * Whether the server still responds. A check may send requests that a server drops; but after many missing responses in a row,
 * `isThere` sends a request that any server responds to, and if that fails as well, the run ends.
 */
export function createAvailabilityWatch(origin: string, isThere: () => Promise<boolean>) {
  let missed = 0
  let gone: StoppedResponding | undefined
  let asking: Promise<boolean> | undefined
  const isGone = async () => {
    asking ??= isThere().finally(() => {
      asking = undefined
    })
    return !(await asking)
  }
  return {
    answered: () => {
      missed = 0
    },
    /** Throws `StoppedResponding` once the server is considered unreachable. */
    missing: async (why: string): Promise<void> => {
      missed++
      if (gone) throw gone
      if (missed < mostMissed) return
      if (await isGone())
        gone ??= new StoppedResponding(
          `${origin} no longer responds: ${missed} requests in a row failed, the last with ${why}.`,
        )
      else missed = 0
      if (gone) throw gone
    },
    /** Throws without sending a request if the server is considered unreachable. */
    expectSomebody: (): void => {
      if (gone && missed >= mostMissed + lastTries) throw gone
    },
  }
}

export const isLoopback = (hostname: string): boolean =>
  /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)

/**
 * The version of TLS that a server chooses if the client offers only this one; otherwise why there is none. The certificate isn't
 * checked, and nothing is sent.
 */
export function tlsVersionOffered(
  { hostname, port }: URL,
  version: SecureVersion,
  timeoutSeconds = 10,
): Promise<string> {
  const host = hostname.replace(/^\[|\]$/g, '')
  return new Promise(resolve => {
    const socket = connect({
      host,
      port: Number(port || 443),
      ...(isIP(host) === 0 && { servername: host }),
      minVersion: version,
      maxVersion: version,
      rejectUnauthorized: false,
      timeout: timeoutSeconds * 1000,
    })
    const end = (outcome: string) => {
      socket.destroy()
      resolve(outcome)
    }
    socket.once('secureConnect', () => end(socket.getProtocol() ?? 'no protocol'))
    socket.once('error', error => end(connectionError(error)))
    socket.once('timeout', () => end(`no handshake within ${timeoutSeconds} s`))
  })
}

import { Failure } from '../expect.ts'

/** No connection to the server can be made: there is nobody to grade. */
export class Unreachable extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'Unreachable'
  }
}

/** No whole answer came to a request; `isTimeOut`: in the time that there is for it. */
export class NoAnswer extends Failure {
  readonly isTimeOut: boolean
  constructor(expected: string, why: string, exchange: number, isTimeOut: boolean) {
    super(expected, `none: ${why}`, exchange)
    this.isTimeOut = isTimeOut
  }
}

/** A request took too long. */
export class TimedOut extends Error {}

/** A server that was there answers no more. */
export class GivenUp extends Unreachable {}

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

/** A server that isn't there, or whose certificate isn't trusted; not one that drops a connection. */
export function isUnreachable(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException
  return codes.has(code) || /CERT|SELF_SIGNED|SSL|TLS|UNABLE_TO/.test(code)
}

/** In words; an error of several addresses has none of its own. */
export function whyIn(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return whyIn(error.errors[0])
  return error instanceof Error ? error.message || error.name : String(error)
}

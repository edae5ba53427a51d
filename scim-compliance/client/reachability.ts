import { Failure } from '../expect.ts'

/** No connection to the server can be made: there is nobody to grade. */
export class Unreachable extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'Unreachable'
  }
}

/** No whole answer came to a request; `isTimeOut`: in the time that there is for it. */
export class NoResponse extends Failure {
  readonly isTimeOut: boolean
  constructor(expected: string, why: string, exchange: number, isTimeOut: boolean) {
    super(expected, `none: ${why}`, exchange)
    this.isTimeOut = isTimeOut
  }
}

/** A request took too long. */
export class TimedOut extends Error {}

/** A server that was there answers no more. */
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

/** A server that isn't there, or whose certificate isn't trusted; not one that drops a connection. */
export function isUnreachable(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException
  return codes.has(code) || /CERT|SELF_SIGNED|SSL|TLS|UNABLE_TO/.test(code)
}

/** In words; an error of several addresses has none of its own. */
export function connectionError(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return connectionError(error.errors[0])
  return error instanceof Error ? error.message || error.name : String(error)
}

/** So many in a row are no accident of one check. */
const mostMissed = 10
/** Given up, it is still asked to remove what was made, until it is silent again. */
const lastTries = 3

/**
 * Whether there is still somebody to ask. A check may well ask what a server drops; but after many answers that are
 * missing in a row, `isThere` asks what any server answers, and when that comes to nothing, too, the run is over.
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
    /** Throws `GivenUp` when the server is given up. */
    missing: async (why: string): Promise<void> => {
      missed++
      if (gone) throw gone
      if (missed < mostMissed) return
      if (await isGone())
        gone ??= new StoppedResponding(
          `${origin} doesn’t answer any more: ${missed} requests in a row came to nothing, the last with ${why}.`,
        )
      else missed = 0
      if (gone) throw gone
    },
    /** Throws without asking anybody when there is no use in it. */
    expectSomebody: (): void => {
      if (gone && missed >= mostMissed + lastTries) throw gone
    },
  }
}

import type { Exchange } from '../journal/exchange.ts'

/** A number of exchanges, and the bytes of their texts. */
export type Amount = { readonly exchanges: number; readonly bytes: number }

type LossOptions = {
  /** What has to catch up. */
  readonly bottleneck: 'disk' | 'database'
  /** Called with the errors of exchanges that can't be stored. */
  readonly onLost: (error: unknown) => void
}

/** Counts and reports the exchanges that are lost. */
export function createLosses({ bottleneck, onLost }: LossOptions) {
  let lost = 0
  /** Exchanges that were left out since there was no room. */
  let leftOut = 0
  return {
    lose(error: unknown, count = 1): void {
      lost += count
      onLost(error)
    },
    /** There is no room for an exchange besides those that wait. */
    leaveOut(waiting: number): void {
      lost++
      if (leftOut++ > 0) return
      onLost(
        new Error(
          `The journal can't be written as fast as requests arrive: ${waiting} are waiting. Further ones are missing from it until the ${bottleneck} has caught up.`,
        ),
      )
    },
    /** There is room again. */
    end(): void {
      if (leftOut === 0) return
      onLost(new Error(`The journal is written again; ${leftOut} requests are missing from it.`))
      leftOut = 0
    },
    count: (): number => lost,
  }
}

/** `limits`: how much may wait to be written. */
type BacklogOptions = LossOptions & { readonly limits: Amount }

/** Limits the exchanges that wait to be written, and counts those that are lost. */
export function createBacklog({ limits, ...lossOptions }: BacklogOptions) {
  const losses = createLosses(lossOptions)
  /** What is recorded and not yet written. */
  const unwritten = { exchanges: 0, bytes: 0 }

  const isFull = () => unwritten.exchanges >= limits.exchanges || unwritten.bytes >= limits.bytes

  return {
    /** Whether the exchange may wait. If not, it is lost. */
    admit(exchange: Exchange): boolean {
      if (isFull()) {
        losses.leaveOut(unwritten.exchanges)
        return false
      }
      unwritten.exchanges++
      unwritten.bytes += sizeOf(exchange)
      return true
    },
    /** Exchanges that were admitted do not wait any more. */
    settle({ exchanges, bytes }: Amount): void {
      unwritten.exchanges -= exchanges
      unwritten.bytes -= bytes
      if (!isFull()) losses.end()
    },
    lose: losses.lose,
    lostCount: losses.count,
  }
}

/** Headers and the rest take about as much as a small body. */
export const sizeOf = ({ request, response }: Exchange): number =>
  1024 + (request.body?.length ?? 0) + (response.body?.length ?? 0)

/** What `admit` counted for these exchanges. */
export const amountOf = (exchanges: readonly Exchange[]): Amount => ({
  exchanges: exchanges.length,
  bytes: exchanges.reduce((sum, exchange) => sum + sizeOf(exchange), 0),
})

import type { Exchange } from '../journal/exchange.ts'

/** A number of exchanges, and the bytes of their texts. */
export type Amount = { readonly exchanges: number; readonly bytes: number }

type BacklogOptions = {
  /** How much may wait to be written. */
  readonly limits: Amount
  /** What has to catch up. */
  readonly bottleneck: 'disk' | 'database'
  /** Called with the errors of exchanges that can't be stored. */
  readonly onLost: (error: unknown) => void
}

/** Limits the exchanges that wait to be written, and counts those that are lost. */
export function createBacklog({ limits, bottleneck, onLost }: BacklogOptions) {
  /** What is recorded and not yet written. */
  const unwritten = { exchanges: 0, bytes: 0 }
  let lost = 0
  /** Exchanges that were left out since the limit was exceeded. */
  let leftOut = 0

  const isFull = () => unwritten.exchanges >= limits.exchanges || unwritten.bytes >= limits.bytes

  return {
    /** Whether the exchange may wait. If not, it is lost. */
    admit(exchange: Exchange): boolean {
      if (isFull()) {
        lost++
        if (leftOut++ === 0) {
          onLost(
            new Error(
              `The journal can't be written as fast as requests arrive: ${unwritten.exchanges} are waiting. Further ones are missing from it until the ${bottleneck} has caught up.`,
            ),
          )
        }
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
      if (leftOut === 0 || isFull()) return
      onLost(new Error(`The journal is written again; ${leftOut} requests are missing from it.`))
      leftOut = 0
    },
    lose(error: unknown, count = 1): void {
      lost += count
      onLost(error)
    },
    lostCount: (): number => lost,
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

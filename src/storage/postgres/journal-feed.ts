import { createSubscriptions, type Summary, summarize } from '../../domain/journal/summary.ts'
import { type ExchangeRow, toExchange } from '../common/exchange-rows.ts'
import type { Reads } from './connect.ts'
import { exchangeColumns, withNotes } from './exchange-rows.ts'
import { prepared } from './statement.ts'

/** Notifications that an instance has written something. One that is lost is repeated by the next renewal of the lease. */
export type Hints = {
  readonly send: () => void
  readonly subscribe: (listener: () => void) => () => void
}

/** Milliseconds between two polls without hints, and until a read that failed is repeated. */
const defaultPollInterval = 500
/** No batch commits later than this after its time: longer than statements may take. */
const lookBack = 40_000
const exchangesPerRead = 100

type BatchRow = {
  readonly tenants: readonly string[]
  readonly ids: readonly string[]
}

const unseenBatches = prepared(`
  select tenants, ids from exchange_batches
  where writer <> $1 and at > clock_timestamp() - interval '${lookBack} ms' and ids[1] <> all($2::text[])
  order by number`)
/** A batch is never empty. */
const firstOf = (ids: readonly string[]): string => ids[0] ?? ''
const withKeys = prepared(`
  select ${exchangeColumns} from unnest($1::text[], $2::text[]) with ordinality as wanted(tenant, id, nth)
    join exchanges using (tenant, id) ${withNotes}
  order by nth`)

type FeedOptions = {
  readonly reads: Pick<Reads, 'query'>
  readonly writer: string
  readonly hints?: Pick<Hints, 'subscribe'> | undefined
  readonly pollInterval?: number | undefined
}

/** Batches may commit out of order, so the last ones are read again, without those that were seen. */
export function createJournalFeed({ reads, writer, hints, pollInterval = defaultPollInterval }: FeedOptions) {
  const here = createSubscriptions<Summary>()
  const everywhere = createSubscriptions<Summary>()
  const unanalyzed = createSubscriptions<void>()
  /** By first exchange, with the times. After a failover, numbers may be given again. */
  let seen = new Map<string, number>()
  let baseline: Promise<boolean> | undefined
  let underWay: Promise<void> | undefined
  let isHinted = false

  const readUnseen = async (): Promise<readonly BatchRow[]> => {
    const now = performance.now()
    for (const [first, at] of seen) if (now - at > 2 * lookBack) seen.delete(first)
    const batches = await reads.query<BatchRow>(unseenBatches, [writer, [...seen.keys()]])
    for (const { ids } of batches) seen.set(firstOf(ids), now)
    return batches
  }

  const readBaseline = (): Promise<boolean> =>
    readUnseen().then(
      () => true,
      () => false,
    )

  const publishBatch = async ({ tenants, ids }: BatchRow): Promise<void> => {
    for (let from = 0; from < ids.length; from += exchangesPerRead) {
      const to = from + exchangesPerRead
      const rows = await reads.query<ExchangeRow>(withKeys, [tenants.slice(from, to), ids.slice(from, to)])
      for (const row of rows) everywhere.publish(summarize(toExchange(row)))
    }
  }

  const publishUnseen = async (): Promise<void> => {
    if (!baseline) return
    if (!(await baseline)) {
      baseline = readBaseline()
      return
    }
    const batches = await readUnseen()
    for (const [at, batch] of batches.entries()) {
      try {
        await publishBatch(batch)
      } catch (error) {
        // The rest is read again.
        for (const { ids } of batches.slice(at)) seen.delete(firstOf(ids))
        throw error
      }
    }
  }

  const poll = (): void => {
    if (unanalyzed.count() > 0) unanalyzed.publish()
    if (everywhere.count() === 0) return
    if (underWay) {
      isHinted = true
      return
    }
    isHinted = false
    underWay = publishUnseen()
      // The database is away. Reads report it.
      .catch(() => {
        if (stopPolling) setTimeout(poll, pollInterval).unref()
      })
      .finally(() => {
        underWay = undefined
        if (isHinted) poll()
      })
  }

  let stopPolling: (() => void) | undefined

  const startPolling = (): (() => void) => {
    if (hints) return hints.subscribe(poll)
    const timer = setInterval(poll, pollInterval).unref()
    return () => clearInterval(timer)
  }

  const update = () => {
    const isWatched = everywhere.count() + unanalyzed.count() > 0
    if (isWatched) stopPolling ??= startPolling()
    else {
      stopPolling?.()
      stopPolling = undefined
    }
    if (everywhere.count() > 0) baseline ??= readBaseline()
    else {
      baseline = undefined
      seen = new Map()
    }
  }

  const watched =
    <Value>({ subscribe }: Pick<ReturnType<typeof createSubscriptions<Value>>, 'subscribe'>) =>
    (listener: (value: Value) => void): (() => void) => {
      const unsubscribe = subscribe(listener)
      update()
      return () => {
        unsubscribe()
        update()
      }
    }

  return {
    publish(arrived: Summary): void {
      here.publish(arrived)
      everywhere.publish(arrived)
      unanalyzed.publish()
    },
    subscribe: watched(everywhere),
    subscribeHere: here.subscribe,
    onUnanalyzed: watched(unanalyzed),
    ready: async (): Promise<void> => void (await baseline),
    close(): void {
      stopPolling?.()
    },
  }
}

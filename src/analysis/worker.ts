import { setTimeout as delay } from 'node:timers/promises'
import type { Analysis, AnalysisEvent, AnalysisStore } from '../ports/analysis.ts'
import type { Writer } from '../ports/database.ts'
import type { Journal } from '../ports/journal.ts'
import type { TenantStore } from '../ports/tenants.ts'
import {
  analyzeBatch,
  type Batch,
  type DiagnoseExchange,
  indexByClient,
  saveBatch,
  withoutFindings,
} from './batch.ts'
import { createScheduler, type Demand } from './scheduler.ts'
import { createSetupProgress } from './setup-progress.ts'

type Outcome<Result> = { readonly value: Result } | { readonly error: unknown }

/**
 * Writes with the next commit, whoever's that is, so that nothing waits for the disk on account of it; after so many
 * milliseconds with a commit of its own. Rejects with what the job throws.
 */
export async function writeWithNextCommit<Result>(
  writer: Pick<Writer, 'defer' | 'flush'>,
  patience: number,
  job: () => Result,
): Promise<Result> {
  let outcome: Outcome<Result> | undefined
  const written = new Promise<void>(resolve => {
    writer.defer(() => {
      outcome = runJob(job)
      resolve()
      // For the writer to take back what it has written of it.
      if ('error' in outcome) throw outcome.error
    })
  })
  const waited = new AbortController()
  await Promise.race([written, delay(patience, undefined, { signal: waited.signal }).catch(() => {})])
  waited.abort()
  if (!outcome) await writer.flush()
  if (!outcome) throw new Error('The database took nothing.')
  if ('error' in outcome) throw outcome.error
  return outcome.value
}

function runJob<Result>(job: () => Result): Outcome<Result> {
  try {
    return { value: job() }
  } catch (error) {
    return { error }
  }
}

export type AnalysisWorkerOptions = {
  readonly journal: Pick<Journal, 'readAfter' | 'subscribe'>
  readonly writer: Writer
  readonly store: AnalysisStore
  readonly tenants: Pick<TenantStore, 'find'>
  readonly diagnose: DiagnoseExchange
  /** Told what went wrong, with the id of the exchange where it was about one. */
  readonly onError: (error: unknown, exchange?: string) => void
}

/** Follows the journal, and keeps what its exchanges mean. */
export interface AnalysisWorker extends Analysis {
  /** Goes on where it stopped, also in a life before. */
  start(): void
  /** Resolves once nothing is under way any more. */
  stop(): Promise<void>
  /** Resolves when what is recorded by now is analysed: true; or after so many milliseconds: false. */
  caughtUp(timeout: number): Promise<boolean>
  /** Called after each portion with what it brought; answers how to stop that. */
  subscribe(listener: (event: AnalysisEvent) => void): () => void
  /**
   * Deletes a tenant's cycles and the steps of its set-up, or all. To be called inside the write that deletes its
   * exchanges. Returns what to call once it is on disk.
   */
  clear(tenant?: string): () => void
  /** Deletes the steps of the set-up of a tenant that is gone. */
  clearSetup(tenant: string): Promise<void>
}

// Rests after something went wrong that may mend itself. Milliseconds.
const pauseAfterError = 1000
const cyclePruneInterval = 1000

/**
 * It works in small portions with rests between them, never in the turn of a request: what is recorded sets a timer
 * and nothing else. Exchanges wait in the database, so lagging behind costs no memory.
 */
export function createAnalysisWorker(options: AnalysisWorkerOptions): AnalysisWorker {
  const { journal, writer, store, onError } = options
  const scheduler = createScheduler()
  const setup = createSetupProgress(store, options.tenants)
  const listeners = new Set<(event: AnalysisEvent) => void>()
  // Who waits for the next portions, and for the one that is under way.
  let waiters: Waiter[] = []
  let asked: Waiter[] = []
  let running = indexByClient(store.newestCycles())
  let analyzed = store.lastAnalyzed()
  let sinceForgotten = cyclePruneInterval
  // Rises with each `clear`, for what was worked out before it and not yet kept.
  let generation = 0
  let arrived = 0
  /** Those that came while it rested before the portion that is under way, or was last. */
  let before = 0
  let isBehind = false
  let timer: NodeJS.Timeout | undefined
  let underWay: Promise<void> | undefined
  let unsubscribe: (() => void) | undefined

  const demand = (): Demand => ({
    arrived: before + arrived,
    isAwaited: waiters.length + asked.length > 0,
    isBehind,
  })

  const diagnose: DiagnoseExchange = async exchange => {
    try {
      return await options.diagnose(exchange)
    } catch (error) {
      onError(error, exchange.id)
      return []
    }
  }

  /** Keeps a portion; answers what there is to tell, or undefined when all was forgotten meanwhile. */
  const keep = (batch: Batch, startedIn: number) =>
    writeWithNextCommit(writer, scheduler.commitDelay(demand()), () => {
      if (generation !== startedIn) return undefined
      const events = saveBatch(store, setup, batch)
      forgetOldCycles(batch.items.length)
      return events
    })

  const readCycles = () => {
    running = indexByClient(store.newestCycles())
  }

  const forgetOldCycles = (more: number) => {
    sinceForgotten += more
    if (sinceForgotten < cyclePruneInterval) return
    sinceForgotten = 0
    if (store.deleteOldCycles() > 0) readCycles()
  }

  /** Works a portion out and keeps it; answers whether that was all there is. */
  const work = async (): Promise<boolean> => {
    const wanted = scheduler.batchSize()
    const rows = await journal.readAfter(analyzed, wanted)
    if (rows.length === 0) return true
    const began = performance.now()
    const startedIn = generation
    const batch = await analyzeBatch(rows, running, diagnose, setup.isPending, () =>
      scheduler.isTimeUp(began),
    )
    scheduler.recordBatch(batch.items.length, performance.now() - began)
    // All may have been forgotten while something was looked up.
    if (generation !== startedIn) return false
    running = batch.latestCycles
    const events = await keep(batch, startedIn).catch(error => {
      // What is found must never be in the way of the next exchanges.
      onError(error)
      return keep(withoutFindings(batch), startedIn)
    })
    if (!events) {
      readCycles()
      return false
    }
    analyzed = batch.items.at(-1)?.seq ?? analyzed
    setup.markSaved(events)
    tell(events)
    return batch.items.length === rows.length && rows.length < wanted
  }

  const tell = (events: readonly AnalysisEvent[]) => {
    for (const event of events) {
      for (const listener of listeners) {
        try {
          listener(event)
        } catch (error) {
          onError(error)
        }
      }
    }
  }

  const turn = async () => {
    timer = undefined
    before = arrived
    arrived = 0
    asked = waiters
    waiters = []
    let isAll = false
    let rest: number | undefined
    try {
      isAll = await work()
    } catch (error) {
      readCycles()
      onError(error)
      rest = pauseAfterError
    }
    if (isAll) for (const { resolve } of asked) resolve(true)
    else waiters.push(...asked)
    asked = []
    isBehind = !isAll
    if (isAll) before = 0
    underWay = undefined
    if (!isAll || arrived > 0 || waiters.length > 0) wake(rest)
  }

  const wake = (rest = scheduler.nextDelay(demand())) => {
    if (!unsubscribe || timer || underWay) return
    timer = setTimeout(() => {
      underWay = turn()
    }, rest)
  }

  return {
    cycles: store.cycles,
    cycle: store.cycle,
    recentCycles: store.recentCycles,
    newestCycle: store.newestCycle,
    setupSteps: store.setupSteps,
    findings: store.findings,
    findingCounts: store.findingCounts,
    findingsAbout: store.findingsAbout,
    pendingCount: store.pendingCount,

    start() {
      unsubscribe ??= journal.subscribe(() => {
        arrived++
        wake()
      })
      wake()
    },

    async stop() {
      unsubscribe?.()
      unsubscribe = undefined
      clearTimeout(timer)
      timer = undefined
      await underWay
      for (const { resolve } of waiters.splice(0)) resolve(false)
    },

    caughtUp(timeout) {
      const { waiter, end } = createWaiter(timeout, () => {
        // Who has gone is in no hurry any more.
        waiters = waiters.filter(one => one !== waiter)
        asked = asked.filter(one => one !== waiter)
      })
      waiters.push(waiter)
      // A long rest is for requests that come by themselves.
      clearTimeout(timer)
      timer = undefined
      wake()
      return end
    },

    subscribe(listener) {
      const own = (event: AnalysisEvent) => listener(event)
      listeners.add(own)
      return () => {
        listeners.delete(own)
      }
    },

    clear(tenant) {
      // At once: a portion that waits for the same commit must not be kept. If the write fails, it is worked out anew.
      generation++
      store.clear(tenant)
      return () => {
        setup.clear(tenant)
        readCycles()
      }
    },

    async clearSetup(tenant) {
      await writer.write(() => {
        store.clearSetup(tenant)
        setup.clear(tenant)
      })
    },
  }
}

type Waiter = { readonly resolve: (inTime: boolean) => void }

/** Resolves with false after so many milliseconds, unless resolved before; then `onLate` is called first. */
function createWaiter(
  timeout: number,
  onLate: () => void,
): { readonly waiter: Waiter; readonly end: Promise<boolean> } {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const late = setTimeout(() => {
    onLate()
    resolve(false)
  }, timeout)
  return {
    waiter: {
      resolve: inTime => {
        clearTimeout(late)
        resolve(inTime)
      },
    },
    end: promise,
  }
}

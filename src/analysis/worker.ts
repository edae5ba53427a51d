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
 * Runs a job within the next commit of any writer, so that it causes no extra disk write. Commits separately after
 * `patience` milliseconds. Rejects with the error of the job.
 */
async function writeWithNextCommit<Result>(
  writer: Pick<Writer, 'defer' | 'flush'>,
  patience: number,
  job: () => Result,
): Promise<Result> {
  let outcome: Outcome<Result> | undefined
  const written = new Promise<void>(resolve => {
    writer.defer(() => {
      outcome = runJob(job)
      resolve()
      // Makes the writer roll the job back.
      if ('error' in outcome) throw outcome.error
    })
  })
  const waited = new AbortController()
  await Promise.race([written, delay(patience, undefined, { signal: waited.signal }).catch(() => {})])
  waited.abort()
  if (!outcome) await writer.flush()
  if (!outcome) throw new Error('The database did not run the job.')
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

type AnalysisWorkerOptions = {
  readonly journal: Pick<Journal, 'readAfter' | 'subscribe'>
  readonly writer: Writer
  readonly store: AnalysisStore
  readonly tenants: Pick<TenantStore, 'find'>
  readonly diagnose: DiagnoseExchange
  /** Called with each error and, if it concerns one exchange, its id. */
  readonly onError: (error: unknown, exchange?: string) => void
}

/** Follows the journal and stores the analysis of its exchanges. */
export interface AnalysisWorker extends Analysis {
  /** Resumes after the last analyzed exchange, across restarts. */
  start(): void
  /** Resolves once the running batch is saved. */
  stop(): Promise<void>
  /** Resolves with true when all exchanges recorded so far are analyzed, or with false after `timeout` milliseconds. */
  caughtUp(timeout: number): Promise<boolean>
  /** Calls the listener for each event after a batch. Returns a function that unsubscribes. */
  subscribe(listener: (event: AnalysisEvent) => void): () => void
  /**
   * Deletes the cycles and setup steps of one tenant, or of all. Call it inside the write that deletes the exchanges, and
   * call the returned function after the commit.
   */
  clear(tenant?: string): () => void
  /** Deletes the setup steps of a deleted tenant. */
  clearSetup(tenant: string): Promise<void>
}

// Milliseconds to wait after an error that may be temporary.
const pauseAfterError = 1000
const cyclePruneInterval = 1000

/**
 * Works in small batches with pauses between them, never within a request: recording an exchange only sets a timer.
 * Exchanges wait in the database, so a backlog costs no memory.
 */
export function createAnalysisWorker(options: AnalysisWorkerOptions): AnalysisWorker {
  const { journal, writer, store, onError } = options
  const scheduler = createScheduler()
  const setup = createSetupProgress(store, options.tenants)
  const listeners = new Set<(event: AnalysisEvent) => void>()
  // Callers of `caughtUp` that wait for the next batch, and for the running one.
  let waiters: Waiter[] = []
  let currentWaiters: Waiter[] = []
  let running = indexByClient(store.newestCycles())
  let analyzed = store.lastAnalyzed()
  let sinceCyclePruning = cyclePruneInterval
  // Incremented by each `clear`: invalidates batches that are not saved yet.
  let generation = 0
  let arrived = 0
  /** Exchanges that arrived in the pause before the running or last batch. */
  let before = 0
  let isBehind = false
  let timer: NodeJS.Timeout | undefined
  let underWay: Promise<void> | undefined
  let unsubscribe: (() => void) | undefined

  const demand = (): Demand => ({
    arrived: before + arrived,
    isAwaited: waiters.length + currentWaiters.length > 0,
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

  /** Saves a batch. Returns its events, or undefined if the data was cleared meanwhile. */
  const keep = (batch: Batch, startedIn: number) =>
    writeWithNextCommit(writer, scheduler.commitDelay(demand()), () => {
      if (generation !== startedIn) return undefined
      const events = saveBatch(store, setup, batch)
      deleteOldCycles(batch.items.length)
      return events
    })

  const readCycles = () => {
    running = indexByClient(store.newestCycles())
  }

  const deleteOldCycles = (more: number) => {
    sinceCyclePruning += more
    if (sinceCyclePruning < cyclePruneInterval) return
    sinceCyclePruning = 0
    if (store.deleteOldCycles() > 0) readCycles()
  }

  /** Analyzes and saves one batch. Returns whether the journal is exhausted. */
  const work = async (): Promise<boolean> => {
    const batchSize = scheduler.batchSize()
    const rows = await journal.readAfter(analyzed, batchSize)
    if (rows.length === 0) return true
    const started = performance.now()
    const startedIn = generation
    const batch = await analyzeBatch(rows, running, diagnose, setup.isPending, () =>
      scheduler.isTimeUp(started),
    )
    scheduler.recordBatch(batch.items.length, performance.now() - started)
    // The data may have been cleared during a look-up.
    if (generation !== startedIn) return false
    running = batch.latestCycles
    const events = await keep(batch, startedIn).catch(error => {
      // A finding that can't be saved must not block the next exchanges.
      onError(error)
      return keep(withoutFindings(batch), startedIn)
    })
    if (!events) {
      readCycles()
      return false
    }
    analyzed = batch.items.at(-1)?.seq ?? analyzed
    setup.markSaved(events)
    notifyListeners(events)
    return batch.items.length === rows.length && rows.length < batchSize
  }

  const notifyListeners = (events: readonly AnalysisEvent[]) => {
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
    currentWaiters = waiters
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
    if (isAll) for (const { resolve } of currentWaiters) resolve(true)
    else waiters.push(...currentWaiters)
    currentWaiters = []
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
        waiters = waiters.filter(one => one !== waiter)
        currentWaiters = currentWaiters.filter(one => one !== waiter)
      })
      waiters.push(waiter)
      // A long pause is only for the background.
      clearTimeout(timer)
      timer = undefined
      wake()
      return end
    },

    subscribe(listener) {
      const subscription = (event: AnalysisEvent) => listener(event)
      listeners.add(subscription)
      return () => {
        listeners.delete(subscription)
      }
    },

    clear(tenant) {
      // Immediately: a batch that waits for the same commit must not be saved. If the write fails, it is analyzed again.
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

/** Resolves with false after `timeout` milliseconds, unless resolved before; calls `onLate` first. */
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

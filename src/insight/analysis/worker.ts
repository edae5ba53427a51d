import { clearTimeout, setTimeout } from 'node:timers'
import type {
  Analysis,
  AnalysisEvent,
  AnalysisEvents,
  AnalysisStore,
  AnalyzedBatch,
  SharedAnalysisEvent,
} from '../../domain/ports/analysis.ts'
import { UnavailableError } from '../../domain/ports/database.ts'
import type { Journal } from '../../domain/ports/journal.ts'
import { type Leader, type Term, whenAborted } from '../../domain/ports/leader.ts'
import type { TenantStore } from '../../domain/tenants/tenant.ts'
import { analyzeBatch, batchEvents, type DiagnoseExchange, indexByClient, withoutFindings } from './batch.ts'
import { createTokenClients } from './client.ts'
import type { LatestCycles } from './cycles.ts'
import { type AnalysisProgress, createAnalysisProgress, createScheduler, type Demand } from './scheduler.ts'
import { createSetupProgress } from './setup.ts'

type AnalysisWorkerOptions = {
  readonly journal: Pick<Journal, 'find' | 'unanalyzed' | 'onUnanalyzed'>
  readonly store: AnalysisStore
  readonly leader: Leader
  readonly others?: AnalysisEvents | undefined
  readonly tenants: Pick<TenantStore, 'find'>
  readonly diagnose: DiagnoseExchange
  readonly readsAtOnce: number
  /** Milliseconds since 1970, by the clock of the journal. */
  readonly clock?: () => number
  readonly onError: (error: unknown, exchange?: string) => void
}

/** Follows the journal and stores the analysis of its exchanges, while this instance is the leader. */
export interface AnalysisWorker extends Analysis {
  /** Resumes with the first exchange that is not analyzed, across restarts and instances. */
  start(): void
  /** Resolves once the running batch is saved. */
  stop(): Promise<void>
  /** True when all exchanges so far are analyzed; false after `timeout` milliseconds, and at once while stopped. */
  caughtUp(timeout: number): Promise<boolean>
  progress(): Promise<AnalysisProgress>
  isCurrent(): Promise<boolean>
  /** Calls the listener for each event after a batch, of whichever instance. Returns a function that unsubscribes. */
  subscribe(listener: (event: AnalysisEvent) => void): () => void
  /** Subscribes to the batches of this instance only, for work that must happen once. */
  subscribeHere(listener: (event: AnalysisEvent) => void): () => void
  /**
   * Calls `begin` each time this instance begins to analyze for all instances, and the function that it returned when that ends: for
   * what must happen once, however many instances there are. Returns a function that ends it.
   */
  whileAnalyzing(begin: () => () => void): () => void
  clearSetup(tenant: string): Promise<void>
}

// Milliseconds to wait after an error that may be temporary.
const pauseAfterError = 1000
// Milliseconds until a caller that waits for another instance's analysis checks again.
const pollInterval = 100
const cyclePruneInterval = 1000
// Milliseconds until exchanges that others may precede are read again.
const settlePause = 25

type Rest = 'more' | 'unsettled' | 'nothing'

type Position = {
  readonly generation: number
  readonly latestCycles: LatestCycles
}

/** Work is in short slices, never within a request. Exchanges wait in the database: a backlog costs no memory. */
export function createAnalysisWorker(options: AnalysisWorkerOptions): AnalysisWorker {
  const { journal, store, leader, others, onError } = options
  const scheduler = createScheduler(options.readsAtOnce === 1)
  const setup = createSetupProgress(store, options.tenants)
  const clients = createTokenClients(store)
  const listeners = createEventListeners(onError)
  const listenersHere = createEventListeners(onError)
  const progress = createAnalysisProgress(store, options.clock ?? Date.now)
  listeners.subscribe(event => {
    if (event.kind === 'analyzed') progress.note(event.items)
  })
  const remote = createRemoteEvents(journal, listeners.notify, onError)
  let leaveOthers = () => {}
  const companions = new Set<Companion>()
  // Callers of `caughtUp` that wait for the next batch, and for the running one.
  let waiters: Waiter[] = []
  let currentWaiters: Waiter[] = []
  /** Undefined until it is read, at first and after results were deleted. */
  let position: Position | undefined
  let sinceCyclePruning = cyclePruneInterval
  let arrived = 0
  let before = 0
  let isBehind = false
  let analyzed = 0
  let timer: NodeJS.Timeout | undefined
  let underWay: Promise<void> | undefined
  let isStarted = false
  let withdraw = async (): Promise<void> => {}
  let term: Term | undefined

  const demand = (): Demand => ({
    arrived: before + arrived,
    isAwaited: waiters.length + currentWaiters.length > 0,
    isBehind,
  })

  const diagnose: DiagnoseExchange = async (exchange, client) => {
    try {
      return await options.diagnose(exchange, client)
    } catch (error) {
      // The exchange is analyzed once the database is back.
      if (error instanceof UnavailableError) throw error
      onError(error, exchange.id)
      return []
    }
  }

  const readPosition = async (): Promise<Position> => {
    setup.clear()
    clients.clear()
    const { generation, newestCycles } = await store.state()
    return { generation, latestCycles: indexByClient(newestCycles) }
  }

  const deleteOldCycles = async (more: number) => {
    sinceCyclePruning += more
    if (sinceCyclePruning < cyclePruneInterval) return
    sinceCyclePruning = 0
    if ((await store.deleteOldCycles()) > 0) position = undefined
  }

  const isAllAnalyzed = async (): Promise<boolean> => (await journal.unanalyzed(1)).length === 0

  const work = async (held: Term): Promise<Rest> => {
    position ??= await readPosition()
    const { generation, latestCycles } = position
    const { batchSize } = scheduler
    const waiting = await journal.unanalyzed(batchSize)
    if (waiting.length === 0) return 'nothing'
    const rows = waiting.filter(({ isUnsettled }) => !isUnsettled)
    if (rows.length === 0) return 'unsettled'
    await Promise.all([
      setup.load(rows.map(({ exchange }) => exchange.tenant)),
      clients.load(rows.map(({ exchange }) => exchange)),
    ])
    scheduler.begin()
    const analysis = await analyzeBatch(rows, latestCycles, {
      clients: clients.startBatch(),
      diagnose,
      atOnce: options.readsAtOnce,
      isPending: setup.isPending,
      pause: () => scheduler.pause(demand()),
    })
    const { items, cycles, tokenClients } = analysis
    analyzed = items.length
    let batch: AnalyzedBatch = { items, cycles, tokenClients, steps: await setup.cycleSteps(analysis) }
    const saved = await store.saveBatch(batch, generation, held).catch(error => {
      // The batch is analyzed again once the database is back.
      if (error instanceof UnavailableError) throw error
      // A finding that can't be saved must not block the next exchanges.
      onError(error)
      batch = withoutFindings(batch)
      return store.saveBatch(batch, generation, held)
    })
    if (!saved) {
      // Results were deleted meanwhile, so the rest of the exchanges is analyzed again, or another instance has become the leader.
      position = undefined
      return 'more'
    }
    position = { generation, latestCycles: analysis.latestCycles }
    setup.markSaved(saved.newSteps)
    clients.markSaved(tokenClients)
    const events = batchEvents(batch, saved)
    listenersHere.notify(events)
    listeners.notify(events)
    others?.publish(events.map(toShared))
    await deleteOldCycles(items.length)
    return rows.length === waiting.length && waiting.length < batchSize ? 'nothing' : 'more'
  }

  const turn = async () => {
    timer = undefined
    before = arrived
    arrived = 0
    currentWaiters = waiters
    waiters = []
    let rest: Rest = 'more'
    let delay: number | undefined
    try {
      rest = term ? await work(term) : (await isAllAnalyzed()) ? 'nothing' : 'more'
      if (rest === 'unsettled') delay = settlePause
    } catch (error) {
      position = undefined
      onError(error)
      delay = pauseAfterError
    }
    const isAll = rest === 'nothing'
    if (isAll) for (const { resolve } of currentWaiters) resolve(true)
    else waiters.push(...currentWaiters)
    currentWaiters = []
    isBehind = rest === 'more'
    if (isAll) before = 0
    underWay = undefined
    if (!isAll || arrived > 0 || waiters.length > 0) wake(delay)
  }

  const wake = (pause?: number) => {
    if (!isStarted || timer || underWay) return
    if (!term && waiters.length === 0) return
    const delay = pause ?? (term ? scheduler.nextDelay(demand(), analyzed) : pollInterval)
    timer = setTimeout(() => {
      scheduler.endDelay()
      underWay = turn()
    }, delay)
  }

  const workWhileLeading = async (held: Term, signal: AbortSignal): Promise<void> => {
    term = held
    position = undefined
    const unsubscribe = journal.onUnanalyzed(() => {
      arrived++
      scheduler.noteArrival()
      wake()
    })
    for (const companion of companions) companion.begin()
    wake()
    await whenAborted(signal)
    unsubscribe()
    for (const companion of companions) companion.end()
    term = undefined
    await underWay
  }

  return {
    cycles: store.cycles,
    cycle: store.cycle,
    cycleIdsFrom: store.cycleIdsFrom,
    recentCycles: store.recentCycles,
    newestCycle: store.newestCycle,
    setupSteps: store.setupSteps,
    clientsOfTokens: store.clientsOfTokens,
    findings: store.findings,
    findingCounts: store.findingCounts,
    findingsAbout: store.findingsAbout,
    pendingCount: store.pendingCount,
    oldestPending: store.oldestPending,
    clearSetup: store.clearSetup,

    start() {
      if (isStarted) return
      isStarted = true
      leaveOthers =
        others?.subscribe(events => {
          remote.receive(events)
        }) ?? leaveOthers
      withdraw = leader.lead(workWhileLeading)
      wake()
    },

    async stop() {
      isStarted = false
      leaveOthers()
      clearTimeout(timer)
      timer = undefined
      await Promise.all([withdraw(), underWay])
      for (const { resolve } of waiters.splice(0)) resolve(false)
    },

    caughtUp(timeout) {
      if (!isStarted) return Promise.resolve(false)
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

    progress: progress.current,
    isCurrent: progress.isCurrent,

    whileAnalyzing(begin) {
      const companion = createCompanion(begin)
      companions.add(companion)
      if (term) companion.begin()
      return () => {
        companions.delete(companion)
        companion.end()
      }
    },

    subscribe: listeners.subscribe,
    subscribeHere: listenersHere.subscribe,
  }
}

function createEventListeners(onError: (error: unknown) => void) {
  const listeners = new Set<(event: AnalysisEvent) => void>()
  return {
    subscribe(listener: (event: AnalysisEvent) => void): () => void {
      const subscription = (event: AnalysisEvent) => listener(event)
      listeners.add(subscription)
      return () => {
        listeners.delete(subscription)
      }
    },
    notify(events: readonly AnalysisEvent[]): void {
      for (const event of events) {
        for (const listener of listeners) {
          try {
            listener(event)
          } catch (error) {
            onError(error)
          }
        }
      }
    },
  }
}

const toShared = (event: AnalysisEvent): SharedAnalysisEvent =>
  event.kind === 'analyzed' ? { kind: 'analyzed', exchanges: event.items.map(({ id }) => id) } : event

function createRemoteEvents(
  journal: Pick<Journal, 'find'>,
  notify: (events: readonly AnalysisEvent[]) => void,
  onError: (error: unknown) => void,
) {
  let last: Promise<unknown> = Promise.resolve()
  const toEvent = async (event: SharedAnalysisEvent): Promise<readonly AnalysisEvent[]> => {
    if (event.kind === 'cleared') return []
    if (event.kind !== 'analyzed') return [event]
    const found = await Promise.all(event.exchanges.map(journal.find))
    return [{ kind: 'analyzed', items: found.filter(exchange => exchange !== undefined) }]
  }
  return {
    receive(events: readonly SharedAnalysisEvent[]): void {
      last = last
        .then(async () => {
          for (const event of events) notify(await toEvent(event))
        })
        .catch(onError)
    },
  }
}

type Companion = { readonly begin: () => void; readonly end: () => void }

function createCompanion(start: () => () => void): Companion {
  let stop: (() => void) | undefined
  return {
    begin() {
      stop = start()
    },
    end() {
      stop?.()
      stop = undefined
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

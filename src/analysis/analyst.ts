import type { Writer } from '../database/writer.ts'
import type { Journal } from '../journal/journal.ts'
import type { TenantStore } from '../tenants/tenant-store.ts'
import type { Analysis, AnalysisEvent } from './analysis.ts'
import { keepAnalysed, type Portion, withoutFindings } from './keep-analysed.ts'
import { createPace, type Demand } from './pace.ts'
import { createSetupWatch } from './setup-watch.ts'
import type { AnalysisStore } from './sqlite-analysis.ts'
import { type Diagnose, lastCycles, workOut } from './work-out.ts'
import { writeSoon } from './write-soon.ts'

export type AnalystOptions = {
  readonly journal: Pick<Journal, 'after' | 'subscribe'>
  readonly writer: Writer
  readonly store: AnalysisStore
  readonly tenants: Pick<TenantStore, 'find'>
  readonly diagnose: Diagnose
  /** Told what went wrong, with the id of the exchange where it was about one. */
  readonly onTrouble: (error: unknown, exchange?: string) => void
}

/** Follows the journal, and keeps what its exchanges mean. */
export interface Analyst extends Analysis {
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
const afterTrouble = 1000
const analysedBetweenForgettings = 1000

/**
 * It works in small portions with rests between them, never in the turn of a request: what is recorded sets a timer
 * and nothing else. Exchanges wait in the database, so lagging behind costs no memory.
 */
export function createAnalyst(options: AnalystOptions): Analyst {
  const { journal, writer, store, onTrouble } = options
  const pace = createPace()
  const setup = createSetupWatch(store, options.tenants)
  const listeners = new Set<(event: AnalysisEvent) => void>()
  // Who waits for the next portions, and for the one that is under way.
  let waiters: Waiter[] = []
  let asked: Waiter[] = []
  let running = lastCycles(store.newestCycles())
  let analysed = store.newestAnalysed()
  let sinceForgotten = analysedBetweenForgettings
  // Rises with each `clear`, for what was worked out before it and not yet kept.
  let era = 0
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

  const diagnose: Diagnose = async exchange => {
    try {
      return await options.diagnose(exchange)
    } catch (error) {
      onTrouble(error, exchange.id)
      return []
    }
  }

  /** Keeps a portion; answers what there is to tell, or undefined when all was forgotten meanwhile. */
  const keep = (portion: Portion, begunIn: number) =>
    writeSoon(writer, pace.patience(demand()), () => {
      if (era !== begunIn) return undefined
      const events = keepAnalysed(store, setup, portion)
      forgetOldCycles(portion.items.length)
      return events
    })

  const readCycles = () => {
    running = lastCycles(store.newestCycles())
  }

  const forgetOldCycles = (more: number) => {
    sinceForgotten += more
    if (sinceForgotten < analysedBetweenForgettings) return
    sinceForgotten = 0
    if (store.forgetOldCycles() > 0) readCycles()
  }

  /** Works a portion out and keeps it; answers whether that was all there is. */
  const work = async (): Promise<boolean> => {
    const wanted = pace.portion()
    const rows = await journal.after(analysed, wanted)
    if (rows.length === 0) return true
    const began = performance.now()
    const begunIn = era
    const portion = await workOut(rows, running, diagnose, setup.isOpen, () => pace.isSpent(began))
    pace.done(portion.items.length, performance.now() - began)
    // All may have been forgotten while something was looked up.
    if (era !== begunIn) return false
    running = portion.last
    const events = await keep(portion, begunIn).catch(error => {
      // What is found must never be in the way of the next exchanges.
      onTrouble(error)
      return keep(withoutFindings(portion), begunIn)
    })
    if (!events) {
      readCycles()
      return false
    }
    analysed = portion.items.at(-1)?.seq ?? analysed
    setup.learn(events)
    tell(events)
    return portion.items.length === rows.length && rows.length < wanted
  }

  const tell = (events: readonly AnalysisEvent[]) => {
    for (const event of events) {
      for (const listener of listeners) {
        try {
          listener(event)
        } catch (error) {
          onTrouble(error)
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
      onTrouble(error)
      rest = afterTrouble
    }
    if (isAll) for (const { resolve } of asked) resolve(true)
    else waiters.push(...asked)
    asked = []
    isBehind = !isAll
    if (isAll) before = 0
    underWay = undefined
    if (!isAll || arrived > 0 || waiters.length > 0) wake(rest)
  }

  const wake = (rest = pace.rest(demand())) => {
    if (!unsubscribe || timer || underWay) return
    timer = setTimeout(() => {
      underWay = turn()
    }, rest)
  }

  return {
    cycles: store.cycles,
    cycle: store.cycle,
    recentCycles: store.recentCycles,
    newestCycleOf: store.newestCycleOf,
    setupSteps: store.setupSteps,
    findings: store.findings,
    findingCounts: store.findingCounts,
    about: store.about,
    waiting: store.waiting,

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
      era++
      store.clear(tenant)
      return () => {
        setup.forget(tenant)
        readCycles()
      }
    },

    async clearSetup(tenant) {
      await writer.write(() => {
        store.clearSetup(tenant)
        setup.forget(tenant)
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

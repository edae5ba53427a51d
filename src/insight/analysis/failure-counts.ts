import type { Standing } from '../../domain/headline.ts'

/** Objects to track, the most recent ones; AWS allows 100,000 users and 100,000 groups. */
const maxObjects = 200_000
const stuckThreshold = 3

export type RequestResult = 'succeeded' | 'failed' | 'injected'

/**
 * The last failed request about an object, and how often the object has failed consecutively. A failure that was injected is shown
 * only if all of these were.
 */
export type FailingRequest = {
  readonly exchange: string
  readonly attempts: number
  /** The first of the consecutive failures, by the tenant's clock. */
  readonly since: number
  readonly type: string | undefined
}

export type FailureQuery = {
  readonly limit: number
  readonly type?: string | undefined
  /** Only those whose last request is older than this exchange. */
  readonly before?: string | undefined
}

/** Newest first. */
export type FailingRequests = {
  readonly items: readonly FailingRequest[]
  readonly hasMore: boolean
  readonly total: number
}

export type LastFailure = {
  readonly exchange: string
  readonly exists: boolean
  readonly type: string | undefined
  readonly since: number
  readonly isRefused: boolean
  readonly isInjected: boolean
}

type Failures = { readonly all: number; readonly own: number }

export function createFailureCounts() {
  const failures = new Map<string, Failures>()
  const lastFailures = new Map<string, LastFailure>()
  let failing = 0
  let failingByThemselves = 0
  let stuck = 0

  const set = (name: string, count: Failures | undefined) => {
    const before = failures.get(name) ?? noFailures
    const after = count ?? noFailures
    failures.delete(name)
    if (after.all === 0) lastFailures.delete(name)
    if (count !== undefined) failures.set(name, count)
    failing += toNumber(after.all > 0) - toNumber(before.all > 0)
    failingByThemselves += toNumber(after.own > 0) - toNumber(before.own > 0)
    stuck += toNumber(after.own >= stuckThreshold) - toNumber(before.own >= stuckThreshold)
  }

  return {
    /** Counts under the first name. `result`: undefined for a request that shows neither success nor failure. */
    note(names: readonly string[], result: RequestResult | undefined, request?: LastFailure): void {
      const [name, ...others] = names
      if (name === undefined) return
      const before = names.reduce((sum, one) => add(sum, failures.get(one) ?? noFailures), noFailures)
      const known = names.map(one => lastFailures.get(one)).find(Boolean)
      for (const other of others) if (failures.has(other)) set(other, undefined)
      set(name, countResult(before, result))
      const last = result === 'failed' || (result === 'injected' && before.own === 0) ? request : known
      const hasFailed = result === 'failed' || result === 'injected'
      // A read keeps the place of the failure.
      if (last !== undefined && result !== 'succeeded' && (hasFailed || !lastFailures.has(name))) {
        lastFailures.delete(name)
        lastFailures.set(
          name,
          known && known !== last && before.all > 0 ? { ...last, since: known.since } : last,
        )
      }
      const [oldest] = failures.keys()
      if (failures.size > maxObjects && oldest !== undefined) set(oldest, undefined)
    },
    has: (names: readonly string[]): boolean => names.some(name => failures.has(name)),
    size: () => failures.size,
    failing: () => failing,
    failingByThemselves: () => failingByThemselves,
    stuck: () => stuck,
    failures: (): readonly FailingRequest[] =>
      [...lastFailures].map(([name, { exchange, since, type }]) => ({
        ...{ exchange, since, type },
        attempts: failures.get(name)?.all ?? 1,
      })),
    standing(): Standing | undefined {
      const own = [...lastFailures.values()].filter(({ isInjected }) => !isInjected)
      const [one] = own
      if (!one) return undefined
      const times = own.map(({ since }) => since)
      return {
        count: own.length,
        type: own.every(({ type }) => type === one.type) ? one.type : undefined,
        refused: own.every(({ isRefused }) => isRefused),
        first: times.reduce((least, time) => Math.min(least, time)),
        last: times.reduce((most, time) => Math.max(most, time)),
      }
    },
    failingExisting: () => [...lastFailures.values()].filter(({ exists }) => exists).length,
  }
}

const noFailures: Failures = { all: 0, own: 0 }

const add = (one: Failures, other: Failures): Failures => ({
  all: one.all + other.all,
  own: one.own + other.own,
})

function countResult(before: Failures, result: RequestResult | undefined): Failures {
  switch (result) {
    case undefined:
      return before
    case 'succeeded':
      return noFailures
    case 'failed':
      return add(before, { all: 1, own: 1 })
    case 'injected':
      return add(before, { all: 1, own: 0 })
  }
}

const toNumber = (condition: boolean) => (condition ? 1 : 0)

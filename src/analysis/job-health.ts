import type { Exchange } from '../journal/exchange.ts'
import { createTerm, type Search } from '../journal/search/parse.ts'
import type { Journal } from '../ports/journal.ts'
import type { TenantStore } from '../ports/tenants.ts'
import { compact } from '../scim/json.ts'
import { isProbe } from './diagnosis/requests.ts'
import { isGuid, parseLookup, readSubject } from './diagnosis/subject.ts'
import { estimateQuarantine, type JobHealth, type QuarantineEstimate } from './quarantine.ts'
import type { AnalysisWorker } from './worker.ts'

/** Objects to track, the most recent ones; AWS allows 100,000 users and 100,000 groups. */
const maxObjects = 200_000
/** Consecutive failures after which an object counts as stuck. */
const stuckThreshold = 3

/** Tracks the health of one job by Entra ID's requests, in the order of their responses. */
type JobHealthTracker = {
  record(exchange: Exchange): void
  current(): JobHealth
  /** The last failed requests about objects and references that fail at present, newest first. */
  failures(limit: number): readonly FailingRequest[]
  /** How many of the failing objects exist in the directory. */
  failingExisting(): number
}

/** The last failed request about an object, and how often the object has failed consecutively. */
export type FailingRequest = { readonly exchange: string; readonly attempts: number }

export function createJobHealthTracker(): JobHealthTracker {
  let consecutiveRefusals = 0
  let lastRefusal: Exchange['refusal']
  let probeProblem: string | undefined
  const objects = createFailureCounts()
  const references = createFailureCounts()
  let cycle: string | undefined
  let inCycle = createFailureCounts()
  let removed = 0

  const beginCycle = (id: string | undefined) => {
    if (id === undefined || id === cycle) return
    cycle = id
    inCycle = createFailureCounts()
    removed = 0
  }

  const noteObject = (exchange: Exchange) => {
    const names = objectNames(exchange)
    if (names.length === 0) return
    const failed = hasFailed(exchange)
    if (failed && isAboutMembers(exchange)) {
      references.note(names, true, toLastFailure(exchange))
      return
    }
    // An object that can be read may still fail to be written.
    if (!failed && exchange.method === 'GET') {
      objects.note(names, undefined)
      inCycle.note(names, undefined)
      return
    }
    references.note(names, false)
    objects.note(names, failed, toLastFailure(exchange))
    inCycle.note(names, failed)
    if (!failed && isRemoval(exchange)) removed++
  }

  return {
    record(exchange) {
      if (exchange.api !== undefined) return
      if (exchange.refusal !== undefined || exchange.status === 401 || exchange.status === 403) {
        consecutiveRefusals++
        lastRefusal = exchange.refusal
        if (isRejectedProbe(exchange)) probeProblem = describeRejectedProbe(exchange)
        return
      }
      consecutiveRefusals = 0
      lastRefusal = undefined
      beginCycle(exchange.notes?.cycle)
      const probe = probeResult(exchange)
      if (probe) probeProblem = probe.problem
      else noteObject(exchange)
    },
    current: () => ({
      consecutiveRefusals,
      ...compact({ lastRefusal, probeProblem }),
      objects: objects.size(),
      failing: objects.failing(),
      failingReferences: references.failing(),
      stuck: objects.stuck(),
      cycle: { objects: inCycle.size(), failing: inCycle.failing(), removed },
    }),
    failures: limit =>
      [...objects.failures(limit), ...references.failures(limit)]
        .sort((one, other) => (one.exchange < other.exchange ? 1 : -1))
        .slice(0, limit),
    failingExisting: objects.failingExisting,
  }
}

/** A failed request, and whether its object exists. */
type LastFailure = { readonly exchange: string; readonly exists: boolean }

const toLastFailure = ({ id, target, status }: Exchange): LastFailure => ({
  exchange: id,
  exists: target?.id !== undefined && status !== 404,
})

/** Counts the consecutive failures of each object. */
function createFailureCounts() {
  const failures = new Map<string, number>()
  /** The last failed request of each failing object, oldest first. */
  const lastFailures = new Map<string, LastFailure>()
  let failing = 0
  let stuck = 0

  const set = (name: string, count: number | undefined) => {
    const before = failures.get(name)
    failures.delete(name)
    if (!count) lastFailures.delete(name)
    if (count !== undefined) failures.set(name, count)
    failing += toNumber((count ?? 0) > 0) - toNumber((before ?? 0) > 0)
    stuck += toNumber((count ?? 0) >= stuckThreshold) - toNumber((before ?? 0) >= stuckThreshold)
  }

  return {
    /** Counts under the first name. `failed`: undefined for a request that shows neither success nor failure. */
    note([name, ...others]: readonly string[], failed: boolean | undefined, request?: LastFailure): void {
      if (name === undefined) return
      const before = [name, ...others].reduce((sum, one) => sum + (failures.get(one) ?? 0), 0)
      const last = failed ? request : [name, ...others].map(one => lastFailures.get(one)).find(Boolean)
      for (const other of others) if (failures.has(other)) set(other, undefined)
      set(name, failed === undefined ? before : failed ? before + 1 : 0)
      // A read keeps the place of the failure.
      if (last !== undefined && (failed ?? !lastFailures.has(name))) {
        lastFailures.delete(name)
        lastFailures.set(name, last)
      }
      const [oldest] = failures.keys()
      if (failures.size > maxObjects && oldest !== undefined) set(oldest, undefined)
    },
    size: () => failures.size,
    failing: () => failing,
    stuck: () => stuck,
    failures: (limit: number): readonly FailingRequest[] =>
      [...lastFailures]
        .slice(-limit)
        .map(([name, { exchange }]) => ({ exchange, attempts: failures.get(name) ?? 1 })),
    failingExisting: () => [...lastFailures.values()].filter(({ exists }) => exists).length,
  }
}

const toNumber = (condition: boolean) => (condition ? 1 : 0)

/** Names of an object: its id once it is created, and its label. */
const objectNames = ({ target }: Exchange): readonly string[] =>
  target === undefined
    ? []
    : [target.id, target.label]
        .filter(name => name !== undefined)
        .map(name => JSON.stringify([target.type, name]))

/** Deleting an object that no longer exists is no failure. */
const hasFailed = ({ method, status }: Exchange) => status >= 400 && !(method === 'DELETE' && status === 404)

const isAboutMembers = ({ method, request: { body = '' } }: Exchange) =>
  method === 'PATCH' && /"path"\s*:\s*"members\b/i.test(body)

const isRemoval = ({ operation }: Exchange) => operation === 'delete' || operation === 'disable'

/** The target of a rejected request is unknown: only its filter identifies a probe. */
const isRejectedProbe = (exchange: Exchange) => isGuid(parseLookup(exchange, undefined)?.value ?? '')

const describeRejectedProbe = ({ status }: Exchange) => `The last connection test was rejected (${status}).`

/** What is wrong with the response to a probe, if anything; undefined for other requests. */
function probeResult(exchange: Exchange): { readonly problem?: string } | undefined {
  if (exchange.method !== 'GET' || exchange.target?.id !== undefined) return undefined
  const subject = readSubject({ exchange })
  if (!isProbe(subject)) return undefined
  const found = subject.lookup?.found
  if (found === 0) return {}
  return {
    problem:
      found === undefined
        ? `The last connection test returned ${exchange.status} instead of an empty list.`
        : `The last connection test returned ${found} ${found === 1 ? 'result' : 'results'} for a random name.`,
  }
}

type TenantEstimate = QuarantineEstimate & { readonly tenant: string }

export type JobState = {
  readonly estimate: QuarantineEstimate
  readonly health: JobHealth
  readonly failures: readonly FailingRequest[]
  /** How many of the failing objects exist in the directory; the creation of the others failed. */
  readonly failingExisting: number
}

/** Estimates whether Entra ID would quarantine the jobs of the tenants. */
export interface JobHealthMonitor {
  /** For one tenant, or for all tenants with requests from Entra ID, by their ids. */
  estimates(tenant?: string): Promise<readonly TenantEstimate[]>
  /** The state of a tenant's job, with at most `limit` failures; undefined without requests from Entra ID. */
  state(tenant: string, limit: number): Promise<JobState | undefined>
  /** Discards the state of one tenant, or of all. */
  clear(tenant?: string): void
}

/** Exchanges of Entra ID to read at startup. */
const maxRemembered = 2000
/** Exchanges of all clients to scan for them. */
const maxScanned = 20_000
const pageLength = 200

/** Follows analyzed exchanges. Reads earlier exchanges from the journal when the first one arrives. */
export function createJobHealthMonitor(
  worker: Pick<AnalysisWorker, 'subscribe'>,
  journal: Pick<Journal, 'page'>,
  tenants: Pick<TenantStore, 'find'>,
): JobHealthMonitor {
  const trackers = new Map<string, JobHealthTracker>()
  let queue: Exchange[] = []
  let past: Promise<void> | undefined
  let isPastRead = false
  // Tenants cleared while the journal is read: their exchanges may have been read before they were deleted.
  const clearedMeanwhile: (string | undefined)[] = []

  const note = (exchange: Exchange) => {
    const { tenant } = exchange
    // Requests of other clients do not affect the job. Those of opened sessions are read when they are shown.
    if (tenant === undefined || !isFromEntra(exchange) || tenants.find(tenant)?.session) return
    const tracker = trackers.get(tenant) ?? createJobHealthTracker()
    trackers.set(tenant, tracker)
    tracker.record(exchange)
  }

  /** Appends exchanges that were analyzed meanwhile, each once. */
  const readPast = async () => {
    const read = await readNewest(journal).catch(() => [])
    const exchanges = read.filter(exchange => !clearedMeanwhile.some(tenant => isAbout(exchange, tenant)))
    const known = new Set(exchanges.map(({ id }) => id))
    for (const exchange of exchanges) note(exchange)
    for (const exchange of queue) if (!known.has(exchange.id)) note(exchange)
    queue = []
    isPastRead = true
  }

  worker.subscribe(event => {
    if (event.kind !== 'analyzed') return
    if (isPastRead) {
      for (const exchange of event.items) note(exchange)
      return
    }
    queue.push(...event.items)
    past ??= readPast()
  })

  /** The requests of an opened session are in the journal from the beginning. */
  const trackSession = async (tenant: string): Promise<JobHealthTracker | undefined> => {
    const exchanges = await readNewest(journal, createSearchOf(tenant))
    if (exchanges.length === 0) return undefined
    const tracker = createJobHealthTracker()
    for (const exchange of exchanges) tracker.record(exchange)
    return tracker
  }

  const trackerOf = async (tenant: string): Promise<JobHealthTracker | undefined> => {
    if (tenants.find(tenant)?.session) return trackSession(tenant)
    past ??= readPast()
    await past
    return trackers.get(tenant)
  }

  return {
    async estimates(tenant) {
      if (tenant !== undefined) {
        const tracker = await trackerOf(tenant)
        return tracker ? [{ tenant, ...estimateQuarantine(tracker.current()) }] : []
      }
      past ??= readPast()
      await past
      return [...trackers]
        .map(([id, tracker]) => ({ tenant: id, ...estimateQuarantine(tracker.current()) }))
        .sort((one, other) => (one.tenant < other.tenant ? -1 : 1))
    },
    async state(tenant, limit) {
      const tracker = await trackerOf(tenant)
      if (!tracker) return undefined
      const health = tracker.current()
      return {
        estimate: estimateQuarantine(health),
        health,
        failures: tracker.failures(limit),
        failingExisting: tracker.failingExisting(),
      }
    },
    clear(tenant) {
      if (tenant === undefined) trackers.clear()
      else trackers.delete(tenant)
      if (isPastRead) return
      queue = queue.filter(exchange => !isAbout(exchange, tenant))
      if (past) clearedMeanwhile.push(tenant)
    },
  }
}

/** Without a tenant: any exchange. */
const isAbout = (exchange: Exchange, tenant: string | undefined) =>
  tenant === undefined || exchange.tenant === tenant

const isFromEntra = ({ notes }: Exchange): boolean => notes?.client === 'entra'

const createSearchOf = (tenant: string): Search => [createTerm('tenant', tenant)]

/** Entra ID's newest analyzed exchanges, oldest first. */
async function readNewest(journal: Pick<Journal, 'page'>, search: Search = []): Promise<readonly Exchange[]> {
  const exchanges: Exchange[] = []
  let cursor: string | undefined
  let scanned = 0
  do {
    const page = await journal.page({ search, limit: pageLength, ...compact({ cursor }) })
    exchanges.push(...page.items.filter(isFromEntra))
    scanned += page.items.length
    cursor = page.next
  } while (cursor !== undefined && exchanges.length < maxRemembered && scanned < maxScanned)
  return exchanges.reverse()
}

import type { Standing } from '../../domain/headline.ts'
import type { Exchange } from '../../domain/journal/exchange.ts'
import { createTerm, type Search } from '../../domain/journal/search/parse.ts'
import type { Cycle } from '../../domain/ports/analysis.ts'
import type { Journal } from '../../domain/ports/journal.ts'
import type { TenantStore } from '../../domain/tenants/tenant.ts'
import { compact } from '../../scim/json.ts'
import { isProbe } from './diagnosis/requests.ts'
import { isGuid, parseLookup, readSubject } from './diagnosis/subject.ts'
import {
  createFailureCounts,
  type FailingRequests,
  type FailureQuery,
  type LastFailure,
  type RequestResult,
} from './failure-counts.ts'
import { estimateQuarantine, type JobHealth, type QuarantineEstimate } from './quarantine.ts'
import type { AnalysisWorker } from './worker.ts'

/** `reference`: users and groups whose last change of a manager or of members failed. */
type FailingObjects = { readonly object: number; readonly reference: number }

type JobHealthTracker = {
  record(exchange: Exchange): void
  noteKind(cycle: Pick<Cycle, 'id' | 'kind'>): void
  current(): JobHealth
  failures(query: FailureQuery): FailingRequests
  failingExisting(): number
  /** Without those that only injected faults made fail. */
  failing(): FailingObjects
  standing(): Standing | undefined
}

export function createJobHealthTracker(): JobHealthTracker {
  let consecutiveRefusals = 0
  let lastRefusal: Exchange['refusal']
  let probeProblem: string | undefined
  const objects = createFailureCounts()
  const references = createFailureCounts()
  /** The newest runs of the client, oldest first: a cycle, and after it one that may be provisioning on demand. */
  let runs: readonly Run[] = [startRun()]

  const beginRun = (id: string | undefined) => {
    if (id === undefined || id === runs.at(-1)?.id) return
    runs = [...runs.filter(({ isOnDemand }) => !isOnDemand), startRun(id)].slice(-2)
  }

  /** What happens on demand to an object of the last cycle is the object's newest result. */
  const noteInRuns = (names: readonly string[], result: RequestResult | undefined) => {
    for (const [at, { objects }] of runs.entries()) {
      if (at === runs.length - 1 || objects.has(names)) objects.note(names, result)
    }
  }

  const noteObject = (exchange: Exchange) => {
    const names = objectNames(exchange)
    if (names.length === 0) return
    const result = resultOf(exchange)
    if (result !== 'succeeded' && isAboutMembers(exchange)) {
      references.note(names, result, toLastFailure(exchange))
      return
    }
    // An object that can be read may still fail to be written.
    if (result === 'succeeded' && exchange.method === 'GET') {
      objects.note(names, undefined)
      noteInRuns(names, undefined)
      return
    }
    references.note(names, 'succeeded')
    objects.note(names, result, toLastFailure(exchange))
    noteInRuns(names, result)
    const run = runs.at(-1)
    if (run && result === 'succeeded' && isRemoval(exchange)) run.removed++
  }

  const currentCycle = (): JobHealth['cycle'] => {
    const run = runs.findLast(({ isOnDemand }) => !isOnDemand)
    return {
      objects: run?.objects.size() ?? 0,
      failing: run?.objects.failingByThemselves() ?? 0,
      removed: run?.removed ?? 0,
    }
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
      beginRun(exchange.notes?.cycle)
      const probe = probeResult(exchange)
      if (probe) probeProblem = probe.problem
      else noteObject(exchange)
    },
    noteKind({ id, kind }) {
      const run = runs.find(one => one.id === id)
      if (run) run.isOnDemand = kind === 'on-demand'
    },
    current: () => ({
      consecutiveRefusals,
      ...compact({ lastRefusal, probeProblem }),
      objects: objects.size(),
      failing: objects.failing(),
      injected: objects.failing() - objects.failingByThemselves(),
      failingReferences: references.failing(),
      stuck: objects.stuck(),
      cycle: currentCycle(),
    }),
    failures: ({ limit, type, before }) => {
      const all = [...objects.failures(), ...references.failures()].filter(
        failure => type === undefined || failure.type === type,
      )
      const items = all
        .filter(({ exchange }) => before === undefined || exchange < before)
        .sort((one, other) => (one.exchange < other.exchange ? 1 : -1))
      return { items: items.slice(0, limit), hasMore: items.length > limit, total: all.length }
    },
    failingExisting: objects.failingExisting,
    failing: () => ({ object: objects.failingByThemselves(), reference: references.failingByThemselves() }),
    standing: objects.standing,
  }
}

const toLastFailure = ({ id, target, status, tenantTime, rule, fault }: Exchange): LastFailure => ({
  exchange: id,
  exists: target?.id !== undefined && status !== 404,
  type: target?.type,
  since: tenantTime,
  isRefused: rule !== undefined,
  isInjected: fault !== undefined,
})

type Run = {
  readonly id: string | undefined
  isOnDemand: boolean
  readonly objects: ReturnType<typeof createFailureCounts>
  removed: number
}

const startRun = (id?: string): Run => ({
  id,
  isOnDemand: false,
  objects: createFailureCounts(),
  removed: 0,
})

export const objectNames = ({ target }: Exchange): readonly string[] =>
  target === undefined
    ? []
    : [target.id, target.label]
        .filter(name => name !== undefined)
        .map(name => JSON.stringify([target.type, name]))

/** Deleting an object that no longer exists is no failure. */
export function resultOf({ method, status, fault }: Exchange): RequestResult {
  if (status < 400 || (method === 'DELETE' && status === 404)) return 'succeeded'
  return fault ? 'injected' : 'failed'
}

const isAboutMembers = ({ method, request: { body = '' } }: Exchange) =>
  method === 'PATCH' && /"path"\s*:\s*"members\b/i.test(body)

const isRemoval = ({ operation }: Exchange) => operation === 'delete' || operation === 'disable'

/** The target of a rejected request is unknown: only its filter identifies a probe. */
const isRejectedProbe = (exchange: Exchange) => isGuid(parseLookup(exchange, undefined)?.value ?? '')

const describeRejectedProbe = ({ status }: Exchange) => `The last connection test was rejected (${status}).`

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
  readonly failures: FailingRequests
  readonly failingExisting: number
  readonly standing: Standing | undefined
}

export interface JobHealthMonitor {
  /** By tenant, without opened sessions. */
  jobs(): Promise<ReadonlyMap<string, Pick<JobState, 'estimate'> & { readonly failing: FailingObjects }>>
  estimates(tenant?: string): Promise<readonly TenantEstimate[]>
  state(tenant: string, query: FailureQuery): Promise<JobState | undefined>
  clear(tenant?: string): void
}

const maxRemembered = 2000
const maxScanned = 20_000
const pageLength = 200

/** Follows analyzed exchanges. Reads earlier exchanges from the journal when the first one arrives. */
export function createJobHealthMonitor(
  worker: Pick<AnalysisWorker, 'subscribe' | 'cycle'>,
  journal: Pick<Journal, 'page'>,
  tenants: Pick<TenantStore, 'find'>,
): JobHealthMonitor {
  const trackers = new Map<string, JobHealthTracker>()
  let queue: Exchange[] = []
  const changed: Cycle[] = []
  let past: Promise<void> | undefined
  let isPastRead = false
  // Tenants cleared while the journal is read: their exchanges may have been read before they were deleted.
  const clearedMeanwhile: (string | undefined)[] = []

  const noteKind = (cycle: Cycle) => trackers.get(cycle.tenant)?.noteKind(cycle)

  const note = (exchange: Exchange) => {
    const { tenant } = exchange
    // Requests of other clients do not affect the job. Those of opened sessions are read when they are shown.
    if (tenant === undefined || !isFromEntra(exchange) || tenants.find(tenant)?.session) return
    const tracker = trackers.get(tenant) ?? createJobHealthTracker()
    trackers.set(tenant, tracker)
    tracker.record(exchange)
  }

  const readPast = async () => {
    const read = await readNewest(journal).catch(() => [])
    const exchanges = read.filter(exchange => !clearedMeanwhile.some(tenant => isAbout(exchange, tenant)))
    const known = new Set(exchanges.map(({ id }) => id))
    const kinds = await readCycles(exchanges)
    const record = (exchange: Exchange) => {
      note(exchange)
      const cycle = kinds.get(exchange.notes?.cycle ?? '')
      if (cycle) noteKind(cycle)
    }
    for (const exchange of exchanges) record(exchange)
    for (const exchange of queue) if (!known.has(exchange.id)) record(exchange)
    queue = []
    isPastRead = true
    for (const cycle of changed.splice(0)) noteKind(cycle)
  }

  /** The cycles of exchanges, by id. Those that can't be read count as cycles. */
  const readCycles = async (exchanges: readonly Exchange[]): Promise<ReadonlyMap<string, Cycle>> => {
    const ids = new Set(exchanges.flatMap(({ notes }) => notes?.cycle ?? []))
    const cycles = await Promise.all([...ids].map(id => worker.cycle(id).catch(() => undefined)))
    return new Map(cycles.flatMap(cycle => (cycle ? [[cycle.id, cycle] as const] : [])))
  }

  worker.subscribe(event => {
    // The event follows that of its exchanges.
    if (event.kind === 'cycle') {
      if (isPastRead) noteKind(event.cycle)
      else changed.push(event.cycle)
    }
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
    const cycles = await readCycles(exchanges)
    for (const exchange of exchanges) {
      tracker.record(exchange)
      const cycle = cycles.get(exchange.notes?.cycle ?? '')
      if (cycle) tracker.noteKind(cycle)
    }
    return tracker
  }

  const trackerOf = async (tenant: string): Promise<JobHealthTracker | undefined> => {
    if (tenants.find(tenant)?.session) return trackSession(tenant)
    past ??= readPast()
    await past
    return trackers.get(tenant)
  }

  const jobs: JobHealthMonitor['jobs'] = async () => {
    past ??= readPast()
    await past
    return new Map(
      [...trackers].map(([tenant, tracker]) => [
        tenant,
        { estimate: estimateQuarantine(tracker.current()), failing: tracker.failing() },
      ]),
    )
  }

  return {
    jobs,
    async estimates(tenant) {
      if (tenant !== undefined) {
        const tracker = await trackerOf(tenant)
        return tracker ? [{ tenant, ...estimateQuarantine(tracker.current()) }] : []
      }
      return [...(await jobs())]
        .map(([id, { estimate }]) => ({ tenant: id, ...estimate }))
        .sort((one, other) => (one.tenant < other.tenant ? -1 : 1))
    },
    async state(tenant, query) {
      const tracker = await trackerOf(tenant)
      if (!tracker) return undefined
      const health = tracker.current()
      return {
        estimate: estimateQuarantine(health),
        health,
        failures: tracker.failures(query),
        failingExisting: tracker.failingExisting(),
        standing: tracker.standing(),
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

const isAbout = (exchange: Exchange, tenant: string | undefined) =>
  tenant === undefined || exchange.tenant === tenant

const isFromEntra = ({ notes }: Exchange): boolean => notes?.client === 'entra'

const createSearchOf = (tenant: string): Search => [createTerm('tenant', tenant)]

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
